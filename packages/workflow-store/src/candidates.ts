import { passingOver, placedFrom, placedOf, placeOf } from './candidate-rows.ts';
import type { Placed } from './front-list.ts';
import { LevelReader } from './level-reader.ts';
import type { ListEnd, Offered } from './queue-front.ts';
import type { StoreContext } from './store-context.ts';
import { isPending, type StoredWorkflow } from './stored-workflow.ts';

/** Of what its transaction has changed, a claim looks through so many; it costs less than writing and reading them. */
const mostFromMemory = 512;
/** Workflows that fall due are made claimable in batches, so that a long night does not stop the day. */
const dueBatch = 1_024;
/** More than are wanted: some may be damaged, or held back by a limit. */
const mostSpare = 8;
/** A front that claims have used up is read for so many of them. */
const claimsAhead = 4;

/** How far a claim reads. */
export interface Reach {
  /** By each of the four orders, at most. */
  readonly window: number;
  /** No further than so many need, if nothing comes between. */
  readonly wanted: number;
}

/** Who stands where a claim begins, be it on the disk or on its way there. */
export function readCandidates(
  context: StoreContext,
  { wanted, window }: Reach,
  minPriority: number,
  at: number,
): Offered {
  const { front, nextDue } = context;
  const count = Math.min(window, wanted + mostSpare);
  const isKnown = front.isOf(minPriority) && !nextDue.mayBeDue(at);
  let offered = isKnown ? front.first(count) : undefined;
  if (offered === undefined || offered.before < count) {
    fillFront(context, isKnown ? claimsAhead * count : count, minPriority, at);
    offered = front.first(count);
  }
  // The window is all that is asked for.
  return count < window ? offered : { placed: offered.placed, before: Infinity };
}

/** Tells the queue's front of a workflow that has come, or moved. */
export function moveInFront(
  context: StoreContext,
  workflow: StoredWorkflow,
  isInOrder: boolean,
): void {
  const { front } = context;
  front.remove(workflow.key);
  if (!isInOrder) return;
  const place = placeOf(context, workflow);
  front.offer(place, workflow.record.priority, () => placedOf(context, workflow, place));
}

/** Reads the first so many of each list from the disk, and what of this and uncommitted transactions belongs between them. */
function fillFront(context: StoreContext, count: number, minPriority: number, at: number): void {
  const { claimKeys, front, nextDue, pending, sql, tally } = context;
  // So many at once are in better order on the disk.
  if (pending.size > mostFromMemory) pending.flush();
  const all: Placed[] = [];
  let unfinished = 0;
  /** Stand on the disk where they stood before, or where they stand now. */
  const inMemory = new Set<number>();
  let outdated = 0;
  let nextInMemory = Infinity;
  for (const { heldBy, isClaimable, now, onDisk } of pending.workflows) {
    inMemory.add(now.key);
    if (onDisk !== undefined && isPending(onDisk)) outdated += 1;
    if (!isPending(now)) continue;
    unfinished += 1;
    if (!isClaimable) nextInMemory = Math.min(nextInMemory, now.record.runAt);
    if (heldBy !== undefined || now.record.priority < minPriority) continue;
    if (!isClaimable && now.record.runAt > at) continue;
    all.push(front.get(now.key) ?? placedOf(context, now, placeOf(context, now)));
  }
  // All that wait are in memory.
  if (unfinished === tally.pendingNow) {
    nextDue.asked(at, nextInMemory);
    front.renew(all, [], count, minPriority);
    return;
  }
  makeDueClaimable(context, at, nextInMemory);
  const window = count + outdated;
  const levels = new LevelReader(sql.levels, claimKeys, { window, minPriority, heldBy: null });
  const read = levels.lists();
  const lists = read.map((places) =>
    places.map(({ key }) => key).filter((key) => !inMemory.has(key)),
  );
  const ofDisk = placedOnDisk(context, new Set(lists.flat()), at);
  const ends = read.map((places, index): ListEnd => {
    const last = lists[index]?.findLast((key) => ofDisk.has(key));
    return {
      last: last === undefined ? undefined : ofDisk.get(last),
      isComplete: places.length < window,
    };
  });
  front.renew([...all, ...ofDisk.values()], ends, count, minPriority);
}

/** @param nextInMemory when the next of those falls due that are on their way to the disk */
function makeDueClaimable(
  { claimKeys, nextDue, sql }: StoreContext,
  now: number,
  nextInMemory: number,
): void {
  if (!nextDue.mayBeDue(now)) return;
  const due = sql.newlyDue.all({ now, limit: dueBatch });
  for (const { estimate_ms, key, priority, queued_at } of due) {
    const estimate = estimate_ms === null ? {} : { estimateMs: estimate_ms };
    const { isShort } = claimKeys({ priority, queuedAt: queued_at, ...estimate });
    sql.makeClaimable.run({ key, is_short: isShort ? 1 : 0 });
  }
  if (due.length === dueBatch) return;
  const next = sql.nextDue.get({})?.at ?? Infinity;
  nextDue.asked(now, Math.min(next, nextInMemory));
}

/** What stands in the front already is not read again; without those that are damaged. */
function placedOnDisk(
  context: StoreContext,
  keys: ReadonlySet<number>,
  at: number,
): ReadonlyMap<number, Placed> {
  const { front, sql } = context;
  const found = new Map<number, Placed>();
  const unknown: number[] = [];
  for (const key of keys) {
    const known = front.get(key);
    if (known === undefined) unknown.push(key);
    else found.set(key, known);
  }
  if (unknown.length === 0) return found;
  for (const row of sql.candidateRows.all({ keys: JSON.stringify(unknown) })) {
    const placed = passingOver(context, row.key, at, () => placedFrom(context, row));
    if (placed !== undefined) found.set(row.key, placed);
  }
  return found;
}
