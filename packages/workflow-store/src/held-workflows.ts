import { candidateFrom, passingOver } from './candidate-rows.ts';
import type { PlacedRow } from './claim-statements.ts';
import type { Placed } from './front-list.ts';
import { LevelReader, type LevelsReach } from './level-reader.ts';
import type { StoreContext } from './store-context.ts';
import type { Candidate } from './workflow-record.ts';

/** Of one key at a time; a key with room for more stays unsettled. */
const mostReleased = 64;

/**
 * Holds it when one of its keys has no room: it stands outside of the order of the claim from then
 * on. Returns its other keys: it stood for them as well, and somebody else has their room.
 */
export function holdWhereFull(
  context: StoreContext,
  { candidate, key }: Pick<Placed, 'candidate' | 'key'>,
  at: number,
): readonly string[] | undefined {
  const full = fullKey(context, candidate, at);
  if (full === undefined) return undefined;
  hold(context, { id: candidate.id, key }, full);
  const others = keysOf(context, candidate).filter((other) => other !== full);
  context.limits.unsettle(others);
  return others;
}

function keysOf({ limits }: StoreContext, { agent, labels, parent }: Candidate): readonly string[] {
  return limits.rules.keysOf(labels, agent, parent);
}

function fullKey(context: StoreContext, candidate: Candidate, at: number): string | undefined {
  const { limits } = context;
  if (limits.isEmpty && candidate.parent === undefined) return undefined;
  return limits.full(keysOf(context, candidate), at);
}

function hold(
  { pending, sql }: StoreContext,
  { id, key }: Pick<PlacedRow, 'id' | 'key'>,
  full: string,
): void {
  if (!pending.hold(id, full)) sql.limits.hold.run({ key, held_by: full });
}

/**
 * Puts the best of what keys with room hold back into the order of the claim: as many by each order
 * as could start, so that whoever is the best of a key stands there whatever the scheduler says.
 * Returns how many it moved, not many more than `most`; keys that it did not come to stay unsettled.
 */
export function releaseWhereRoom(
  context: StoreContext,
  minPriority: number,
  at: number,
  most: number,
): number {
  const { limits } = context;
  limits.pass(at);
  let moves = 0;
  for (const key of limits.unsettled) {
    if (moves >= most) break;
    const { room, until } = limits.room(key, at);
    if (room <= 0) limits.settle(key, until);
    else
      moves += release(context, key, Math.min(room, mostReleased), minPriority, at, most - moves);
  }
  return moves;
}

function release(
  context: StoreContext,
  key: string,
  count: number,
  minPriority: number,
  at: number,
  most: number,
): number {
  const { front, limits, pending, sql } = context;
  const { anyHeld } = sql.limits;
  pending.needDisk();
  front.outdate();
  pending.release(key);
  if (anyHeld.get({ held_by: key }) === undefined) {
    limits.settle(key);
    return 0;
  }
  // What the disk holds back may have moved since.
  pending.flush();
  let moves = 0;
  while (moves < most) {
    const best = firstHeld(context, { window: count, minPriority, heldBy: key });
    const stopped = best.filter((row) => stopsElsewhere(context, row, key, at)).length;
    moves += stopped;
    // Behind those that another key holds now, there may be others that none does.
    if (stopped > 0) continue;
    for (const row of best) sql.limits.release.run({ key: row.key });
    moves += best.length;
    const wasLastLook = count < mostReleased && minPriority === 0;
    if (wasLastLook || anyHeld.get({ held_by: key }) === undefined) limits.settle(key);
    break;
  }
  return moves;
}

/** By each order of the claim. */
function firstHeld({ claimKeys, sql }: StoreContext, reach: LevelsReach): readonly PlacedRow[] {
  const lists = new LevelReader(sql.limits.levels, claimKeys, reach).lists();
  const keys = new Set(lists.flat().map(({ key }) => key));
  return sql.candidateRows.all({ keys: JSON.stringify([...keys]) });
}

/** Another of its keys has no room and holds it from now on, or it is damaged and stands aside. */
function stopsElsewhere(context: StoreContext, row: PlacedRow, key: string, at: number): boolean {
  const candidate = passingOver(context, row.key, at, () => candidateFrom(context, row));
  if (candidate === undefined) return true;
  const other = fullKey(context, candidate, at);
  if (other === undefined || other === key) return false;
  hold(context, row, other);
  return true;
}
