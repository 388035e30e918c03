import { integerOption, numberOption } from '@chimera/policy';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { claimColumns, claimTask } from './claim-keys.ts';
import { phaseOf } from './event-data.ts';
import type { Operation } from './operation.ts';
import type { CandidateRow } from './statements.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { corruptRow, type StoredWorkflow } from './stored-workflow.ts';
import { parseStored } from './stored-json.ts';
import type { Candidate } from './workflow-record.ts';
import type { Claim, ClaimRequest } from './workflow-store.ts';

/** Candidates by each of the four orders: enough to pass over those whose agent is not to be had. */
const smallestWindow = 64;
/** Of what its transaction has changed, a claim looks through so many; it costs less than writing and reading them. */
const mostFromMemory = 512;
/** Workflows that fall due are made claimable in batches, so that a long night does not stop the day. */
const dueBatch = 1_024;
/** A workflow that cannot be read stands aside for this long, so that it stops nobody, and is tried again. */
const standAsideMs = 60_000;

export function claiming(
  context: StoreContext,
  request: ClaimRequest,
): Operation<readonly Claim[]> {
  const { choose, holder, leaseMs } = request;
  const limit = integerOption('workflow-store', 'limit', request.limit, 0);
  const minPriority = numberOption('workflow-store', 'minPriority', request.minPriority ?? 0, 0);
  numberOption('workflow-store', 'leaseMs', leaseMs, 1);
  return () => {
    if (limit === 0) return { result: [] };
    const at = context.clock.now();
    const window = Math.max(smallestWindow, 2 * limit);
    const candidates = readCandidates(context, window, minPriority, at);
    const known = new Set(candidates.map(({ id }) => id));
    const claims: Claim[] = [];
    for (const id of candidates.length === 0 ? [] : choose(candidates)) {
      if (claims.length === limit) break;
      if (!known.delete(id)) throw new RangeError(notACandidate(id));
      const lease = { holder, expiresAt: at + leaseMs };
      const claim = passingOver(context, id, at, () => claimOne(context, id, lease, at));
      if (claim !== undefined) claims.push(claim);
    }
    return { result: claims };
  };
}

function claimOne(
  context: StoreContext,
  id: string,
  lease: { readonly holder: string; readonly expiresAt: number },
  at: number,
): Claim | undefined {
  const before = loadWorkflow(context, id);
  if (before === undefined) return undefined;
  const definition = context.definitions.of(id, before.record.definitionHash);
  const token = before.token + 1;
  const { record, commands } = advance(
    context,
    definition,
    before,
    { type: 'claimed', at },
    { lease: { ...lease, token } },
  );
  // The clock went back since it fell due.
  return isIgnored(commands) ? undefined : { record, token, definition };
}

function makeDueClaimable({ claimKeys, sql }: StoreContext, now: number): void {
  for (const { estimate_ms, key, priority, queued_at } of sql.newlyDue.all({
    now,
    limit: dueBatch,
  })) {
    const estimate = estimate_ms === null ? {} : { estimateMs: estimate_ms };
    const keys = claimKeys({ priority, queuedAt: queued_at, ...estimate });
    sql.makeClaimable.run({ key, ...claimColumns(keys) });
  }
}

/** From the disk, and of what this transaction has changed, from memory. */
function readCandidates(
  context: StoreContext,
  window: number,
  minPriority: number,
  at: number,
): readonly Candidate[] {
  const { pending, sql, tally } = context;
  // So many at once are in better order on the disk.
  if (pending.size > mostFromMemory) pending.flush();
  const found: Placed[] = [];
  let [unfinished, outdated] = [0, 0];
  for (const { isClaimable, now, onDisk } of pending.workflows) {
    if (onDisk !== undefined && isPending(onDisk)) outdated += 1;
    if (!isPending(now)) continue;
    unfinished += 1;
    if (now.record.priority >= minPriority && (isClaimable || now.record.runAt <= at))
      found.push({
        key: now.key,
        ageingKey: ageingKey(context, now),
        candidate: candidateOf(context, now),
      });
  }
  // All that wait are in memory.
  if (unfinished === tally.pendingNow) return inOrder(found);
  makeDueClaimable(context, at);
  const least = leastKeys(context, minPriority, at);
  const rows = sql.candidates
    .all({ window: window + outdated, min_priority: minPriority, ...least })
    .filter(({ id }) => !pending.has(id));
  for (const { ageing_key, id, key } of rows) {
    const read = passingOver(context, id, at, () => candidate(context, id, key));
    if (read !== undefined) found.push({ key, ageingKey: ageing_key ?? 0, candidate: read });
  }
  return inOrder(found);
}

interface Placed {
  readonly key: number;
  readonly ageingKey: number;
  readonly candidate: Candidate;
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

function isPending({ record }: StoredWorkflow): boolean {
  const { status } = record.state;
  return status === 'queued' || status === 'waiting';
}

/** The lowest keys that a workflow of this priority can have: those of one that has come just now. */
function leastKeys({ claimKeys }: StoreContext, minPriority: number, at: number) {
  if (minPriority === 0) return { least_ageing: -Infinity, least_promotion: -Infinity };
  const { ageingKey, promotionKey } = claimKeys({ priority: Math.ceil(minPriority), queuedAt: at });
  return { least_ageing: ageingKey, least_promotion: promotionKey };
}

function passingOver<Result>(
  { onCorruptRow, pending, sql }: StoreContext,
  id: string,
  at: number,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'ROW_CORRUPT')) throw error;
    pending.flush();
    sql.standAside.run({ id, due_at: at + standAsideMs });
    onCorruptRow(error);
    return undefined;
  }
}

/** What was written last is mostly still in memory, and else read from its row. */
function candidate(context: StoreContext, id: string, key: number): Candidate | undefined {
  const { recent, shown, sql } = context;
  const written = recent.get(id);
  if (written !== undefined) return candidateOf(context, written);
  const known = shown.get(key);
  if (known !== undefined) return known;
  const row = sql.candidate.get({ key });
  if (row === undefined) return undefined;
  const read = candidateFrom(context, row);
  shown.keep(key, read);
  return read;
}

function candidateOf(
  { definitions }: StoreContext,
  { queuedAt, record }: StoredWorkflow,
): Candidate {
  const { definition, definitionHash, estimateMs, id, labels, priority, state } = record;
  const { agent } = phaseOf(definitions.of(id, definitionHash), state.phase);
  return {
    id,
    definition,
    phase: state.phase,
    ...(agent === undefined ? {} : { agent }),
    priority,
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(labels === undefined ? {} : { labels }),
    queuedAt,
  };
}

function candidateFrom({ definitions, path }: StoreContext, row: CandidateRow): Candidate {
  const { agent } = phaseOf(definitions.of(row.id, row.definition_hash), row.phase);
  return {
    id: row.id,
    definition: row.definition_name,
    phase: row.phase,
    ...(agent === undefined ? {} : { agent }),
    priority: row.priority,
    ...(row.estimate_ms === null ? {} : { estimateMs: row.estimate_ms }),
    ...(row.labels === null ? {} : { labels: labelsOf(path, row.id, row.labels) }),
    queuedAt: row.queued_at,
  };
}

function labelsOf(path: string, id: string, text: string): Readonly<Record<string, string>> {
  const labels = parseStored('labels', text);
  if ('problem' in labels) throw corruptRow(path, id, labels.problem);
  return labels.value;
}

function notACandidate(id: string): string {
  return `workflow-store: choose must return ids of candidates, each once, got "${id}"`;
}
