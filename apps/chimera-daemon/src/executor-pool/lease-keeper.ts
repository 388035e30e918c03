import type { Clock, Timer } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';

export interface LeaseKeeperOptions {
  readonly holder: string;
  readonly leaseMs: number;
}

export interface LeaseKeeperDeps {
  readonly store: Pick<WorkflowStore, 'renew' | 'recover'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The lease went to somebody else: the run's outcome could not be recorded any more. */
  readonly onLost: (workflowId: string) => void;
  /** Workflows whose lease had expired are queued again. */
  readonly onRecovered: () => void;
}

/**
 * Three times in each lease's life: renews the leases of what runs here, then queues again what
 * nobody renewed. In this order, so that a run that kept the event loop busy is not taken for dead.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #deps: LeaseKeeperDeps;
  readonly #tokens = new Map<string, number>();
  #timer: Timer | undefined;
  #isStopped = true;

  constructor(options: LeaseKeeperOptions, deps: LeaseKeeperDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  hold(workflowId: string, token: number): void {
    this.#tokens.set(workflowId, token);
  }

  release(workflowId: string): void {
    this.#tokens.delete(workflowId);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimer(() => void this.#tick(), this.#options.leaseMs / 3);
  }

  async #tick(): Promise<void> {
    const { log } = this.#deps;
    try {
      await this.#renew();
      await this.#recover();
    } catch (error) {
      log.error({ err: error, component: 'lease-keeper' }, 'leases could not be renewed');
    } finally {
      this.#schedule();
    }
  }

  async #renew(): Promise<void> {
    if (this.#tokens.size === 0) return;
    const { onLost, store } = this.#deps;
    const { holder, leaseMs } = this.#options;
    const tokens = new Map(this.#tokens);
    const lost = await store.renew(holder, tokens, leaseMs);
    // A run that ended while its lease was being renewed has lost nothing.
    for (const id of lost) if (this.#tokens.get(id) === tokens.get(id)) onLost(id);
  }

  async #recover(): Promise<void> {
    const { clock, log, onRecovered, store } = this.#deps;
    const recovered = await store.recover({ deadHolders: () => false, now: clock.now() });
    for (const { id } of recovered) {
      log.warn({ component: 'lease-keeper', task_id: id }, 'its lease expired; it is queued again');
    }
    if (recovered.length > 0) onRecovered();
  }
}
