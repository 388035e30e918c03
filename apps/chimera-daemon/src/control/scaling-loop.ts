import type { ScalingDecisionView } from '@chimera/client';
import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { PoolAutoscaler, ScalingDecision } from '@chimera/pool-autoscaler';
import { defined } from '../defined.ts';
import type { ExecutorPool } from '../executor-pool/executor-pool.ts';
import type { Logger } from '../log.ts';
import type { AwakeClock } from './awake-clock.ts';
import { ControlLoop } from './control-loop.ts';
import type { Decided, DecisionLog } from './decision-log.ts';
import type { Demand } from './demand.ts';
import { isWorthTelling, type Told } from './hold-sampling.ts';

export interface ScalingLoopDeps {
  readonly pool: Pick<ExecutorPool, 'resize' | 'running' | 'target'>;
  readonly autoscaler: PoolAutoscaler | undefined;
  readonly degradation: GracefulDegradation | undefined;
  readonly readDemand: () => Promise<Demand>;
  readonly decisions: Pick<DecisionLog, 'add'>;
  readonly clock: AwakeClock;
  readonly log: Logger;
}

type Signals = Readonly<Record<string, number>>;

/**
 * Sizes the pool: the autoscaler moves the baseline, degradation caps what is used of it. The
 * baseline is kept apart, so that the pool is back where it was when the machine has recovered.
 */
export class ScalingLoop {
  readonly #deps: ScalingLoopDeps;
  readonly #loop: ControlLoop;
  #baseline: number;
  #isCapped = false;
  #lastDecision: Decided<ScalingDecisionView> | undefined;
  #told: Told = { cause: 'steady', at: -Infinity };

  constructor(initialSize: number, intervalMs: number, deps: ScalingLoopDeps) {
    this.#baseline = initialSize;
    this.#deps = deps;
    const { clock, log } = deps;
    this.#loop = new ControlLoop(intervalMs, {
      clock,
      turn: () => this.#rescale(),
      onError: (error) =>
        log.error({ err: error, component: 'autoscaler' }, 'the pool was not rescaled'),
    });
  }

  /** Slots wanted before degradation caps them. */
  get baseline(): number {
    return this.#baseline;
  }

  /** The autoscaler's last word that was not "hold". */
  get lastDecision(): Decided<ScalingDecisionView> | undefined {
    return this.#lastDecision;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  /** Gives the pool the baseline, or what degradation leaves of it now. */
  applyLimits(): void {
    const { clock, decisions, degradation, pool } = this.#deps;
    const baseline = this.#baseline;
    const to = this.#allowed;
    const from = pool.target;
    if (this.#loop.isStopped) return;
    const wasCapped = this.#isCapped;
    this.#isCapped = to < baseline;
    if (to === from) return;
    const mode = degradation?.mode ?? 'normal';
    // A smaller baseline is the autoscaler's decision, and told as such.
    const isLoss = to < from && this.#isCapped && mode !== 'normal';
    const isReturn = to > from && (this.#isCapped || wasCapped);
    if (isLoss || isReturn) {
      const reason = isLoss
        ? `the mode ${mode} leaves ${to} of ${baseline}`
        : `slots come back one by one, ${to} of ${baseline} so far`;
      decisions.add({
        kind: 'degradation',
        at: clock.now(),
        from,
        to,
        cause: isLoss ? 'overload' : 'recovery',
        reason,
        signals: { baseline, running: pool.running, ...defined(degradation?.state.smoothed ?? {}) },
      });
    }
    pool.resize(to);
  }

  get #allowed(): number {
    const cap = this.#deps.degradation?.limits(this.#baseline).poolCap ?? Infinity;
    return Math.min(this.#baseline, cap);
  }

  async #rescale(): Promise<void> {
    const { autoscaler, clock, degradation, log, pool, readDemand } = this.#deps;
    if (autoscaler !== undefined) {
      const askedAt = clock.monotonic();
      const { blocked, queued } = await readDemand();
      const pauseMs = this.#loop.pauseMs();
      if (pauseMs > 0) {
        // What ended meanwhile has not been noticed yet.
        log.warn(
          { component: 'autoscaler', pauseMs: Math.round(pauseMs) },
          `nothing ran for ${Math.round(pauseMs)} ms; the pool keeps its ${pool.target} slots until it has been looked at anew`,
        );
        return;
      }
      const isDegraded = degradation !== undefined && degradation.mode !== 'normal';
      const seen = { running: pool.running, queued };
      const decision = autoscaler.evaluate({
        size: this.#baseline,
        ...seen,
        ageMs: clock.monotonic() - askedAt,
        // Under a floor and a cap the demand cannot be seen, so the baseline stands still.
        blocked: isDegraded ? `the machine is short (${degradation.mode})` : blocked,
        // While slots come back, the queue that degradation left behind is no reason to grow.
        ...(this.#allowed < this.#baseline ? { cap: this.#baseline } : {}),
      });
      if (!this.#loop.isStopped) this.#follow(decision, seen);
    }
    this.applyLimits();
  }

  #follow({ action, cause, from, reason, to }: ScalingDecision, signals: Signals): void {
    const { clock, decisions } = this.#deps;
    const at = clock.monotonic();
    const isHold = action === 'hold';
    if (isHold && !isWorthTelling(cause, at, this.#told)) return;
    this.#told = { cause, at };
    const decided = {
      kind: 'autoscaler',
      at: clock.now(),
      from,
      to,
      cause,
      reason,
      signals,
    } as const;
    decisions.add(decided);
    if (isHold) return;
    this.#baseline = to;
    this.#lastDecision = decided;
  }
}
