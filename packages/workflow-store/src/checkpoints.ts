import type { Database, Statement } from 'better-sqlite3';

/** Of the log, that are not in the database yet: 16 MB. Commits beside a checkpoint wait for the disk. */
const mostPages = 4_000;
/** Asking costs 4 us: not after every commit. */
const commitsPerLook = 8;

/** Of commits of this connection: another thread is asked for what takes as long as many commits. */
export class Checkpoints {
  readonly #ask: () => void;
  readonly #sqlite: Database;
  readonly #look: Statement<[], { readonly log: number; readonly checkpointed: number }>;
  #commits = 0;

  constructor(sqlite: Database, ask: () => void) {
    this.#ask = ask;
    this.#sqlite = sqlite;
    this.#look = sqlite.prepare('pragma wal_checkpoint(noop)');
  }

  committed(): void {
    this.#commits += 1;
    // In somebody's own transaction SQLite refuses to look.
    if (this.#commits < commitsPerLook || this.#sqlite.inTransaction) return;
    this.#commits = 0;
    if (this.#pages >= mostPages) this.#ask();
  }

  get #pages(): number {
    try {
      const { checkpointed, log } = this.#look.get() ?? { checkpointed: 0, log: 0 };
      return log - checkpointed;
    } catch {
      // A disk that fails is told to whoever writes; the commit before this look stands.
      return 0;
    }
  }
}
