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

/** Lower priorities are not read, nor keys that only they can have. */
export type ClaimFloor = Omit<CandidateWindow, 'window'>;

/** From the disk, and of what this transaction has changed, from memory. */
export function readCandidates(
  context: StoreContext,
  window: number,
  floor: ClaimFloor,
  at: number,
): readonly Candidate[] {
  const { claimKeys, pending, sql, tally } = context;
  // So many at once are in better order on the disk.
  if (pending.size > mostFromMemory) pending.flush();
  const found: Placed[] = [];
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
    if (heldBy !== undefined) continue;
    if (now.record.priority >= floor.min_priority && (isClaimable || now.record.runAt <= at))
      found.push({
        key: now.key,
        ageingKey: ageingKey(context, now),
        candidate: shownOf(context, now),
      });
  }
  // All that wait are in memory.
  if (unfinished === tally.pendingNow) return inOrder(found);
  makeDueClaimable(context, at, nextInMemory);
  for (const key of new Set(sql.candidates({ window: window + outdated, ...floor }))) {
    const read = inMemory.has(key) ? undefined : candidate(context, key, at);
    if (read === undefined) continue;
    found.push({
      key,
      ageingKey: claimKeys(claimTask(read, read.queuedAt)).ageingKey,
      candidate: read,
    });
  }
  return inOrder(found);
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

interface Placed {
  readonly key: number;
  readonly ageingKey: number;
  readonly candidate: Candidate;
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

function inOrder(found: Placed[]): readonly Candidate[] {
  found.sort(
    (left, right) =>
      right.ageingKey - left.ageingKey ||
      left.candidate.queuedAt - right.candidate.queuedAt ||
      left.key - right.key,
  );
  return found.map(({ candidate: each }) => each);
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

/** What is shown again is still in memory, and else read from its row. */
function candidate(context: StoreContext, key: number, at: number): Candidate | undefined {
  const { shown, sql } = context;
  const known = shown.get(key);
  if (known !== undefined) return known;
  const row = sql.candidate.get({ key });
  if (row === undefined) return undefined;
  const read = passingOver(context, row.id, at, () => candidateFrom(context, row));
  if (read !== undefined) shown.keep(key, read);
  return read;
}
