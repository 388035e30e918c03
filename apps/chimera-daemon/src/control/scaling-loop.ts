import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { Clock, Timer } from '@chimera/policy';
import type { PoolAutoscaler } from '@chimera/pool-autoscaler';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { ExecutorPool } from '../executor-pool/executor-pool.ts';
import type { Logger } from '../log.ts';

export interface ScalingLoopDeps {
  readonly pool: Pick<ExecutorPool, 'resize' | 'running' | 'target'>;
  readonly store: Pick<WorkflowStore, 'depth'>;
  readonly autoscaler: PoolAutoscaler | undefined;
  readonly degradation: GracefulDegradation | undefined;
  /** True while more slots would only mean more refusals: an agent's breaker is open. */
  readonly isBlocked: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Sizes the pool: the autoscaler moves the baseline, degradation caps what is used of it. The
 * baseline is kept apart, so that the pool is back where it was when the machine has recovered.
 */
export class ScalingLoop {
  readonly #deps: ScalingLoopDeps;
  readonly #intervalMs: number;
  #baseline: number;
  #lastDecision: string | undefined;
  #timer: Timer | undefined;
  #isStopped = true;

  constructor(initialSize: number, intervalMs: number, deps: ScalingLoopDeps) {
    this.#baseline = initialSize;
    this.#intervalMs = intervalMs;
    this.#deps = deps;
  }

  /** Slots wanted before degradation caps them. */
  get baseline(): number {
    return this.#baseline;
  }

  /** The autoscaler's last word that was not "hold". */
  get lastDecision(): string | undefined {
    return this.#lastDecision;
  }

  start(): void {
    this.#isStopped = false;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimer(() => void this.#tick(), this.#intervalMs);
  }

  async #tick(): Promise<void> {
    try {
      await this.#rescale();
    } catch (error) {
      this.#deps.log.error({ err: error, component: 'autoscaler' }, 'the pool was not rescaled');
    } finally {
      this.#schedule();
    }
  }

  async #rescale(): Promise<void> {
    const { pool, store, autoscaler, degradation, isBlocked, clock, log } = this.#deps;
    if (autoscaler !== undefined) {
      const { queued, oldestQueuedAt } = await store.depth();
      const decision = autoscaler.evaluate({
        size: this.#baseline,
        running: pool.running,
        queued,
        ...(oldestQueuedAt === undefined ? {} : { oldestWaitMs: clock.now() - oldestQueuedAt }),
        blocked: isBlocked() || (degradation !== undefined && degradation.mode !== 'normal'),
      });
      if (decision.action !== 'hold') {
        this.#baseline = decision.to;
        this.#lastDecision = decision.reason;
        log.info(
          { component: 'autoscaler', from: decision.from, to: decision.to },
          decision.reason,
        );
      }
    }
    const cap = degradation?.limits(this.#baseline).poolCap ?? this.#baseline;
    const target = Math.min(this.#baseline, cap);
    if (target !== pool.target && !this.#isStopped) pool.resize(target);
  }
}
