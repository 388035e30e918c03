import type { ClaimKeysOf } from './claim-keys.ts';
import { compareBy, frontLists, type Order, type Place } from './front-list.ts';
import type { LevelHead, LevelStatements } from './level-statements.ts';

export interface LevelsReach {
  /** So many of each list, at most. */
  readonly window: number;
  readonly minPriority: number;
  /** The limit's key that holds them; null: none does. */
  readonly heldBy: string | null;
}

/**
 * Reads the first by each order of the claim, of the short and of the others: levels are merged, of
 * which those are read that reach into the window. So one index serves all orders, and no key is on
 * the disk.
 */
export class LevelReader {
  readonly #sql: LevelStatements;
  readonly #claimKeys: ClaimKeysOf;
  readonly #reach: LevelsReach;
  readonly #heads: readonly (Place & { readonly priority: number })[];
  readonly #levels = new Map<Place, readonly Place[]>();

  constructor(sql: LevelStatements, claimKeys: ClaimKeysOf, reach: LevelsReach) {
    this.#sql = sql;
    this.#claimKeys = claimKeys;
    this.#reach = reach;
    const heads = sql.heads.all({ held_by: reach.heldBy });
    this.#heads = heads
      .filter(({ priority }) => priority >= reach.minPriority)
      .map((head) => ({ ...this.#placeOf(head, head), priority: head.priority }));
  }

  /** Each of the lists of the queue's front: shorter than the window when there are no more. */
  lists(): readonly (readonly Place[])[] {
    return frontLists.map(({ isShort, order }) => this.first(order, isShort));
  }

  first(order: Order, isShort: boolean): readonly Place[] {
    const { window } = this.#reach;
    const heads = this.#heads
      .filter((head) => head.isShort === isShort)
      .sort((left, right) => compareBy(order, left, right));
    let first: readonly Place[] = [];
    for (const head of heads) {
      const last = first[window - 1];
      if (last !== undefined && compareBy(order, last, head) < 0) break;
      const level = this.#levelOf(head);
      first = first.length === 0 ? level : merged(order, first, level).slice(0, window);
    }
    return first;
  }

  #levelOf(head: Place & { readonly priority: number }): readonly Place[] {
    let level = this.#levels.get(head);
    if (level === undefined) {
      const { heldBy: held_by, window: limit } = this.#reach;
      const of = { is_short: head.isShort ? 1 : 0, priority: head.priority };
      const rows = this.#sql.firstOf.all({ ...of, held_by, limit });
      level = rows.map((row) => this.#placeOf(of, row));
      this.#levels.set(head, level);
    }
    return level;
  }

  #placeOf(
    { is_short, priority }: Pick<LevelHead, 'is_short' | 'priority'>,
    { key, queued_at: queuedAt }: Pick<LevelHead, 'key' | 'queued_at'>,
  ): Place {
    const { ageingKey, promotionKey } = this.#claimKeys({ priority, queuedAt });
    return { key, queuedAt, ageingKey, promotionKey, isShort: is_short === 1 };
  }
}

function merged(order: Order, left: readonly Place[], right: readonly Place[]): Place[] {
  return [...left, ...right].sort((one, other) => compareBy(order, one, other));
}
