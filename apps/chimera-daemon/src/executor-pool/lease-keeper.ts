import type { Clock, Timer } from '@chimera/policy';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';

export interface LeaseKeeperOptions {
  readonly holder: string;
  readonly leaseMs: number;
}

export interface LeaseKeeperDeps {
  readonly store: Pick<WorkflowStore, 'recover' | 'renew' | 'stopChildren'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of what runs here, its claims' tokens. */
  readonly held: () => ReadonlyMap<string, number>;
  /** The lease went to somebody else: the run's outcome could not be recorded any more. */
  readonly onLost: (workflowId: string) => void;
  /** Workflows whose lease had expired are queued again. */
  readonly onRecovered: () => void;
  /**
   * Workflows whose lease had expired, and what moved along with them; children whose parent does not
   * wait any more, stopped where a failing disk had interrupted it.
   */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

/**
 * Three times in each lease's life: renews the leases of what runs here, then queues again what
 * nobody renewed. In this order, so that a run that kept the event loop busy is not taken for dead:
 * a lease that expired meanwhile and that nobody took is renewed, and its outcome counts. One that
 * was taken is lost: the fencing token lets nothing of the run be recorded.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #deps: LeaseKeeperDeps;
  #timer: Timer | undefined;
  #isStopped = true;
  /** Monotonic: when leases were last renewed, or there were none to renew. */
  #renewedAt = 0;

  constructor(options: LeaseKeeperOptions, deps: LeaseKeeperDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#renewedAt = this.#deps.clock.monotonic();
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
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
      await this.#stopChildren();
    } catch (error) {
      log.error({ err: error, component: 'lease-keeper' }, 'leases could not be renewed');
    } finally {
      this.#schedule();
    }
  }

  async #renew(): Promise<void> {
    const { held, onLost, store } = this.#deps;
    const { holder, leaseMs } = this.#options;
    const tokens = held();
    if (tokens.size === 0) return this.#tellIfLate();
    const lost = await store.renew(holder, tokens, leaseMs);
    this.#tellIfLate();
    // A run that ended while its lease was being renewed has lost nothing.
    const now = held();
    for (const id of lost) if (now.get(id) === tokens.get(id)) onLost(id);
  }

  /** Whoever blocks the event loop, or stops the process, for longer than leases last should hear of it. */
  #tellIfLate(): void {
    const { clock, held, log } = this.#deps;
    const sinceMs = Math.round(clock.monotonic() - this.#renewedAt);
    this.#renewedAt = clock.monotonic();
    if (sinceMs <= this.#options.leaseMs) return;
    log.warn(
      { component: 'lease-keeper', sinceMs, held: held().size },
      `leases were not renewed for ${sinceMs} ms, longer than they last: something blocked the event loop, the disk or the process; those that nobody took go on`,
    );
  }

  async #recover(): Promise<void> {
    const { clock, log, onOthers, onRecovered, store } = this.#deps;
    const recovered = await store.recover({ deadHolders: () => false, now: clock.now() });
    if (recovered.length === 0) return;
    for (const { record } of recovered) {
      const { status } = record.state;
      log.warn(
        { component: 'lease-keeper', task_id: record.id },
        `its lease expired; it is ${status === 'queued' ? 'queued again' : status}`,
      );
    }
    onRecovered();
    await onOthers(recovered.flatMap(({ others, record }) => [record, ...others]));
  }

  async #stopChildren(): Promise<void> {
    const { onOthers, store } = this.#deps;
    const stopped = await store.stopChildren();
    if (stopped.length > 0) await onOthers(stopped);
  }
}
