import type { Kysely } from 'kysely';
import type { Operation } from './operation.ts';
import type { ChimeraDatabase } from './tables.ts';

/** Every write is a transaction of its own, one after the other. */
export class Transactions {
  readonly #db: Kysely<ChimeraDatabase>;

  constructor(db: Kysely<ChimeraDatabase>) {
    this.#db = db;
  }

  /** Resolves when the operation is committed; rejects with nothing of it done. */
  run<Result>(operation: Operation<Result>): Promise<Result> {
    return this.#db.transaction().execute(async (trx) => {
      const { hook, result } = operation();
      await hook?.(trx);
      return result;
    });
  }
}
