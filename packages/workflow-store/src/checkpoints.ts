import type { Database, Statement } from 'better-sqlite3';

/**
 * Pages of the log, 16 MB, from which on it is put into the database, to begin again at its front:
 * the same for all connections, lest the log of one has to grow for another.
 */
export const mostPages = 4_000;
/** By itself a connection puts it there after a commit, however long that takes, should it grow to this. */
const tooManyPages = 16_000;
/** Asking costs 4 us: not after every commit. */
const commitsPerLook = 8;

interface LogState {
  readonly log: number;
  /** Of these, from its front. */
  readonly checkpointed: number;
}

/**
 * Of commits of this connection. Another thread is asked for what takes as long as many commits
 * (10 to 20 ms, of which a disk that is slow to sync makes hundreds).
 * As these go on meanwhile, it never has all of the log; the rest is put into the database here,
 * for only then SQLite begins the log anew. A log that grows has slow commits: to sync the end of
 * a file that has become longer takes half as long again as to sync what is written over, and often
 * ten times as long (docs/adr/0008).
 */
export class Checkpoints {
  readonly #ask: () => void;
  readonly #fewPages: number;
  readonly #sqlite: Database;
  readonly #look: Statement<[], LogState>;
  readonly #finish: Statement<[]>;
  #commits = 0;

  /** @param fewPages so few are put there here, between two commits: 256 take 2 ms, 512 take 3 */
  constructor(sqlite: Database, fewPages: number, ask: () => void) {
    this.#ask = ask;
    this.#fewPages = fewPages;
    this.#sqlite = sqlite;
    this.#look = sqlite.prepare('pragma wal_checkpoint(noop)');
    this.#finish = sqlite.prepare('pragma wal_checkpoint(passive)');
    sqlite.pragma(`wal_autocheckpoint = ${tooManyPages}`);
  }

  committed(): void {
    this.#commits += 1;
    // In somebody's own transaction SQLite refuses to look.
    if (this.#commits < commitsPerLook || this.#sqlite.inTransaction) return;
    this.#commits = 0;
    try {
      const { checkpointed, log } = this.#look.get() ?? { checkpointed: 0, log: 0 };
      if (log < mostPages || log === checkpointed) return;
      if (log - checkpointed <= this.#fewPages) this.#finish.get();
      else this.#ask();
    } catch {
      // A disk that fails is told to whoever writes; the commit before this look stands.
    }
  }
}
