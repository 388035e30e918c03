import { candidateFrom, candidateOf, passingOver } from './candidate-rows.ts';
import { claimColumns, claimTask } from './claim-keys.ts';
import type { StoreContext } from './store-context.ts';
import { isPending, type StoredWorkflow } from './stored-workflow.ts';
import type { CandidateWindow } from './claim-statements.ts';
import type { Candidate } from './workflow-record.ts';

/** Of what its transaction has changed, a claim looks through so many; it costs less than writing and reading them. */
const mostFromMemory = 512;
/** Workflows that fall due are made claimable in batches, so that a long night does not stop the day. */
const dueBatch = 1_024;

/** More than are wanted: some may be damaged, or held back by a limit. */
const mostSpare = 8;

/** Lower priorities are not read, nor keys that only they can have. */
export type ClaimFloor = Omit<CandidateWindow, 'window'>;

/** How far a claim reads. */
export interface Reach {
  /** By each of the four orders, at most. */
  readonly window: number;
  /** No further than so many need, if nothing comes between. */
  readonly wanted: number;
}

export interface Placed {
  readonly key: number;
  readonly ageingKey: number;
  readonly candidate: Candidate;
  /** False: from memory. */
  readonly isFromDisk: boolean;
}

export interface Offered {
  readonly placed: readonly Placed[];
  /**
   * Whoever stands outside stands behind so many that were read from the disk. Infinity where none
   * stands outside, or the window is all that is asked for.
   */
  readonly before: number;
}

/** From the disk, and of what this transaction has changed, from memory. */
export function readCandidates(
  context: StoreContext,
  { wanted, window }: Reach,
  floor: ClaimFloor,
  at: number,
): Offered {
  const { claimKeys, pending, sql, tally } = context;
  // So many at once are in better order on the disk.
  if (pending.size > mostFromMemory) pending.flush();
  const found: Placed[] = [];
  let unfinished = 0;
  /** Have run before: they have mostly waited longer than what stands on the disk. */
  let begun = 0;
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
    if (heldBy !== undefined) continue;
    if (now.record.priority < floor.min_priority || !(isClaimable || now.record.runAt <= at))
      continue;
    if (now.token > 0) begun += 1;
    const candidate = shownOf(context, now);
    found.push({ key: now.key, ageingKey: ageingKey(context, now), candidate, isFromDisk: false });
  }
  // All that wait are in memory.
  if (unfinished === tally.pendingNow) return { placed: inOrder(found), before: Infinity };
  makeDueClaimable(context, at, nextInMemory);
  const needed = Math.max(0, wanted - begun) + mostSpare;
  const rows = Math.min(window, needed) + outdated;
  const keys = new Set(sql.candidates({ window: rows, ...floor }));
  const ofDisk = [...keys].filter((key) => !inMemory.has(key));
  const candidates = candidatesOf(context, ofDisk, at);
  for (const [key, candidate] of candidates) {
    const { ageingKey: ofKey } = claimKeys(claimTask(candidate, candidate.queuedAt));
    found.push({ key, ageingKey: ofKey, candidate, isFromDisk: true });
  }
  // An order that has more keys than were asked for has shown as many.
  const isAll = needed >= window || keys.size < rows;
  const notShown = keys.size - candidates.length;
  return { placed: inOrder(found), before: isAll ? Infinity : rows - notShown };
}

/** The lowest keys that a workflow of this priority can have: those of one that has come just now. */
export function claimFloor(
  { claimKeys }: StoreContext,
  minPriority: number,
  at: number,
): ClaimFloor {
  if (minPriority === 0)
    return { min_priority: 0, least_ageing: -Infinity, least_promotion: -Infinity };
  const { ageingKey, promotionKey } = claimKeys({ priority: Math.ceil(minPriority), queuedAt: at });
  return { min_priority: minPriority, least_ageing: ageingKey, least_promotion: promotionKey };
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
    const keys = claimKeys({ priority, queuedAt: queued_at, ...estimate });
    sql.makeClaimable.run({ key, ...claimColumns(keys) });
  }
  if (due.length === dueBatch) return;
  const next = sql.nextDue.get({})?.at ?? Infinity;
  nextDue.asked(now, Math.min(next, nextInMemory));
}

function inOrder(found: Placed[]): readonly Placed[] {
  return found.sort(
    (left, right) =>
      right.ageingKey - left.ageingKey ||
      left.candidate.queuedAt - right.candidate.queuedAt ||
      left.key - right.key,
  );
}

function ageingKey({ claimKeys }: StoreContext, { queuedAt, record }: StoredWorkflow): number {
  return claimKeys(claimTask(record, queuedAt)).ageingKey;
}

function shownOf(context: StoreContext, workflow: StoredWorkflow): Candidate {
  const { shown } = context;
  const known = shown.get(workflow.key);
  if (known !== undefined) return known;
  const candidate = candidateOf(context, workflow);
  shown.offer(workflow.key, candidate);
  return candidate;
}

/** What is shown again is still in memory, and else read from its row; without those that are damaged. */
function candidatesOf(
  context: StoreContext,
  keys: readonly number[],
  at: number,
): readonly (readonly [key: number, Candidate])[] {
  const { shown, sql } = context;
  const found: (readonly [number, Candidate])[] = [];
  const unknown: number[] = [];
  for (const key of keys) {
    const known = shown.get(key);
    if (known === undefined) unknown.push(key);
    else found.push([key, known]);
  }
  if (unknown.length === 0) return found;
  for (const row of sql.candidateRows.all({ keys: JSON.stringify(unknown) })) {
    const read = passingOver(context, row.id, at, () => candidateFrom(context, row));
    if (read === undefined) continue;
    shown.keep(row.key, read);
    found.push([row.key, read]);
  }
  return found;
}
