import type { DeadLetterQueue } from '@chimera/dead-letter-queue';
import type { Clock } from '@chimera/policy';
import type { WorkflowStatus } from '@chimera/workflow';
import { type ChimeraDatabase, StoreError, type WorkflowStore } from '@chimera/workflow-store';

/** What the store holds. Instants are wall-clock ms. */
export interface StateSample {
  readonly at: number;
  readonly workflows: Readonly<Record<WorkflowStatus, number>>;
  readonly oldestQueuedAt: number | undefined;
  /** By limits of the settings. */
  readonly held: number;
  readonly openDeadLetters: number;
  readonly oldestDeadLetterAt: number | undefined;
}

export interface StateSamplerDeps {
  readonly store: Pick<WorkflowStore, 'counts' | 'depth'>;
  readonly deadLetters: Pick<DeadLetterQueue<ChimeraDatabase>, 'counts' | 'oldestOpenAt'>;
  /** Of the database. */
  readonly path: string;
  readonly clock: Clock;
}

/** Dead letters are counted, all of them: this often, and when another workflow has died or lives again. */
const countEveryMs = 5_000;
/** What may be shown as the present. */
const freshMs = 250;
/** A commit that it waits for takes longer on no disk that works; who scrapes waits for 10 s. */
const stalledMs = 5_000;

/** Reads the store for whoever wants to see it: however many ask, four times a second at most. */
export class StateSampler {
  readonly #deps: StateSamplerDeps;
  #latest: { readonly sample: StateSample; readonly at: number } | undefined;
  #reading: Promise<StateSample> | undefined;
  #letters = { open: 0, oldest: undefined as number | undefined, dead: 0, at: -Infinity };

  constructor(deps: StateSamplerDeps) {
    this.#deps = deps;
  }

  /** As last read; undefined before the first reading, and while the store does not answer. */
  get latest(): StateSample | undefined {
    return this.#latest?.sample;
  }

  /** Rejects when the store does not answer, or not within 5 s; at once while it has not since then. */
  read(): Promise<StateSample> {
    const latest = this.#latest;
    if (latest !== undefined && this.#deps.clock.monotonic() - latest.at < freshMs) {
      return Promise.resolve(latest.sample);
    }
    this.#reading ??= this.#readInTime();
    return this.#reading;
  }

  /** One that hangs is waited for by all who ask meanwhile: others would hang beside it. */
  #readInTime(): Promise<StateSample> {
    const { clock, path } = this.#deps;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#latest = undefined;
        reject(error);
      };
      const timer = clock.setTimer(() => {
        const message = `${path} has not answered within ${stalledMs / 1_000} s; look at its disk`;
        fail(new StoreError('STORE_IO_ERROR', path, message));
      }, stalledMs);
      void this.#readNow()
        .then(resolve, fail)
        .finally(() => {
          timer.cancel();
          this.#reading = undefined;
        });
    });
  }

  async #readNow(): Promise<StateSample> {
    const { clock, deadLetters, store } = this.#deps;
    // Dead letters may have to be waited for: the rest is of now.
    const [at, readAt] = [clock.now(), clock.monotonic()];
    const [workflows, { held, oldestQueuedAt }] = await Promise.all([
      store.counts(),
      store.depth(),
    ]);
    const { dead } = workflows;
    const isOld = clock.monotonic() - this.#letters.at >= countEveryMs;
    if (isOld || dead !== this.#letters.dead) {
      const { open } = await deadLetters.counts();
      const oldest = await deadLetters.oldestOpenAt();
      this.#letters = { open, oldest, dead, at: clock.monotonic() };
    }
    const sample = {
      at,
      workflows,
      oldestQueuedAt,
      held,
      openDeadLetters: this.#letters.open,
      oldestDeadLetterAt: this.#letters.oldest,
    };
    this.#latest = { sample, at: readAt };
    return sample;
  }
}
