import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@chimera/policy';

/** A page: a disk that is full to the last byte takes no less. */
const probe = Buffer.alloc(4_096);
const lookEveryMs = 5_000;

/** Whether a file can be written beside the database: a full or read-only disk, before work meets it. */
export class DiskProbe {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #last: { readonly at: number; readonly reason: Promise<string | null> } | undefined;

  constructor(database: string, clock: Pick<Clock, 'monotonic'>) {
    this.#path = join(dirname(database), `.chimera-probe-${process.pid}`);
    this.#clock = clock;
  }

  /** Why it cannot; null when it can. */
  reason(): Promise<string | null> {
    const at = this.#clock.monotonic();
    if (this.#last === undefined || at - this.#last.at >= lookEveryMs) {
      this.#last = { at, reason: this.#look() };
    }
    return this.#last.reason;
  }

  async #look(): Promise<string | null> {
    try {
      await writeFile(this.#path, probe);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await rm(this.#path, { force: true }).catch(() => undefined);
    }
  }
}
