import Database from 'better-sqlite3';
import type { Batch } from './batch-writer.ts';
import { Checkpoints } from './checkpoints.ts';

/** What a connection needs to commit batches; it can be sent to a thread. */
export interface BatchFile {
  readonly path: string;
  /** Of the statements, by number. */
  readonly texts: readonly string[];
  readonly pragmas: readonly string[];
  /** How long a statement waits for another's lock, in ms. */
  readonly timeout: number;
}

/** A connection that commits batches. */
export class BatchConnection {
  readonly #sqlite: Database.Database;
  readonly #statements: readonly Database.Statement<[unknown[]]>[];
  readonly #transaction: Readonly<Record<'begin' | 'commit' | 'rollback', Database.Statement<[]>>>;

  constructor({ path, pragmas, texts, timeout }: BatchFile) {
    const sqlite = new Database(path, { timeout });
    for (const pragma of pragmas) sqlite.pragma(pragma);
    this.#sqlite = sqlite;
    this.#statements = texts.map((text) => sqlite.prepare<[unknown[]]>(text));
    this.#transaction = {
      begin: sqlite.prepare<[]>('begin immediate'),
      commit: sqlite.prepare<[]>('commit'),
      rollback: sqlite.prepare<[]>('rollback'),
    };
  }

  /**
   * In one transaction. False when nothing of it has happened: why, their operations find out when
   * they run again.
   */
  write(batches: readonly Batch['steps'][]): boolean {
    const { begin, commit, rollback } = this.#transaction;
    try {
      begin.run();
      for (const steps of batches)
        for (let at = 0; at < steps.length; at += 2)
          this.#statements[Number(steps[at])]?.run(steps[at + 1] as unknown[]);
      commit.run();
      return true;
    } catch {
      // Some errors, a full disk for one, make SQLite roll back by itself.
      if (this.#sqlite.inTransaction) rollback.run();
      return false;
    }
  }

  /** As far as others let it, without keeping them waiting. */
  checkpoint(): void {
    this.#sqlite.pragma('wal_checkpoint(PASSIVE)');
  }

  /** From now on others are asked for those of a large log: see {@link Checkpoints}. */
  leaveCheckpoints(fewPages: number, ask: () => void): Checkpoints {
    return new Checkpoints(this.#sqlite, fewPages, ask);
  }

  close(): void {
    this.#sqlite.close();
  }
}
