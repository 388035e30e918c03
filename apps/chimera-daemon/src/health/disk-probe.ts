import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@chimera/policy';

/** A page: a disk that is full to the last byte takes no less. */
const probe = Buffer.alloc(4_096);
const lookEveryMs = 5_000;
/** A page takes longer on no disk that works. */
const stalledMs = 5_000;

interface Look {
  readonly at: number;
  readonly reason: Promise<string | null>;
  isOver: boolean;
}

/** Whether a file can be written beside the database: a full or read-only disk, before work meets it. */
export class DiskProbe {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'monotonic' | 'setTimer'>;
  #last: Look | undefined;

  constructor(database: string, clock: Pick<Clock, 'monotonic' | 'setTimer'>) {
    this.#path = join(dirname(database), `.chimera-probe-${process.pid}`);
    this.#clock = clock;
  }

  /** Why it cannot; null when it can. */
  async reason(): Promise<string | null> {
    const at = this.#clock.monotonic();
    const last = this.#last;
    // One that hangs has a thread to itself: more would take those that all files are read by.
    const isNew = last === undefined || (last.isOver && at - last.at >= lookEveryMs);
    return this.#answerOf(isNew ? (this.#last = this.#lookAt(at)) : last);
  }

  #lookAt(at: number): Look {
    const look: Look = { at, reason: this.#look(), isOver: false };
    void look.reason.then(() => (look.isOver = true));
    return look;
  }

  /** That of the look, or that it takes too long. */
  async #answerOf({ at, isOver, reason }: Look): Promise<string | null> {
    const sinceMs = () => this.#clock.monotonic() - at;
    const stalled = () => `it has not answered for ${Math.floor(sinceMs() / 1_000)} s`;
    const leftMs = stalledMs - sinceMs();
    if (isOver) return reason;
    if (leftMs <= 0) return stalled();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(() => resolve(stalled()), leftMs);
      void reason.then((told) => {
        timer.cancel();
        resolve(told);
      });
    });
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
