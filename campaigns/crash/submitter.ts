import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient } from '@chimera/client';
import { DaemonError } from '@chimera/client';
import type { Acknowledgement } from '@chimera/proving/history';

export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** When it was heard, too, on the clock that the disk's journal has: ns. */
export interface TimedAcknowledgement extends Acknowledgement {
  readonly at: bigint;
}

/**
 * Submits workflows one after the other in each of a few lanes, each until it is acknowledged, to
 * whichever daemon is up. What it was told is all that it knows.
 */
export class Submitter {
  readonly acknowledgements: TimedAcknowledgement[] = [];
  /** By code: what daemons said instead of taking the work. */
  readonly refusals = new Map<string, Refusal>();
  #client: ChimeraClient | undefined;
  #isStopped = false;
  #next = 0;
  readonly #lanes: Promise<unknown>;
  readonly #pauseMs: () => number;

  constructor({ lanes, pauseMs }: { readonly lanes: number; readonly pauseMs: () => number }) {
    this.#pauseMs = pauseMs;
    this.#lanes = Promise.all(Array.from({ length: lanes }, () => this.#lane()));
  }

  /** Where to submit from now on; undefined: nowhere. */
  use(client: ChimeraClient | undefined): void {
    this.#client = client;
  }

  /** Resolves when everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#lanes;
  }

  async #lane(): Promise<void> {
    while (!this.#isStopped) {
      this.#next += 1;
      await this.#submit(`submit-${this.#next}`);
      await sleep(this.#pauseMs());
    }
  }

  async #submit(key: string): Promise<void> {
    for (;;) {
      const client = this.#client;
      if (client === undefined) {
        await sleep(5);
        continue;
      }
      try {
        const { id } = await client.submit({
          definition: 'three-phases',
          input: { task: key.padEnd(400, '.') },
          idempotencyKey: key,
        });
        this.acknowledgements.push({ workflowId: id, key, at: process.hrtime.bigint() });
        return;
      } catch (error) {
        if (!(error instanceof DaemonError)) throw error;
        // Killed, or not listening any more.
        if (error.status !== 0) this.refusals.set(error.code, error);
        await sleep(5);
      }
    }
  }
}
