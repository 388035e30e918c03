import type { Clock, Timer } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';

export interface LeaseKeeperOptions {
  readonly holder: string;
  readonly leaseMs: number;
}

export interface LeaseKeeperDeps {
  readonly store: Pick<WorkflowStore, 'renew'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The lease went to somebody else: the run's outcome could not be recorded any more. */
  readonly onLost: (workflowId: string) => void;
}

/** Renews the leases of running workflows, three times in each lease's life. */
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
    this.#timer = this.#deps.clock.setTimer(() => void this.#renew(), this.#options.leaseMs / 3);
  }

  async #renew(): Promise<void> {
    try {
      if (this.#tokens.size > 0) {
        const tokens = new Map(this.#tokens);
        const lost = await this.#deps.store.renew(
          this.#options.holder,
          tokens,
          this.#options.leaseMs,
        );
        // A run that ended while its lease was being renewed has lost nothing.
        for (const id of lost) if (this.#tokens.get(id) === tokens.get(id)) this.#deps.onLost(id);
      }
    } catch (error) {
      this.#deps.log.error(
        { err: error, component: 'lease-keeper' },
        'leases could not be renewed',
      );
    } finally {
      this.#schedule();
    }
  }
}
