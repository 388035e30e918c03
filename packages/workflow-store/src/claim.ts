import { integerOption, numberOption } from '@chimera/policy';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { claimColumns } from './claim-keys.ts';
import { phaseOf } from './event-data.ts';
import type { Operation } from './operation.ts';
import type { CandidateRow } from './statements.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { corruptRow } from './stored-workflow.ts';
import { parseStored } from './stored-json.ts';
import type { Candidate } from './workflow-record.ts';
import type { Claim, ClaimRequest } from './workflow-store.ts';

/** Candidates by each of the four orders: enough to pass over those whose agent is not to be had. */
const smallestWindow = 64;
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
    makeDueClaimable(context, at);
    const candidates = readCandidates(
      context,
      Math.max(smallestWindow, 2 * limit),
      minPriority,
      at,
    );
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

function readCandidates(
  context: StoreContext,
  window: number,
  minPriority: number,
  at: number,
): readonly Candidate[] {
  return context.sql.candidates
    .all({ window, min_priority: minPriority, ...leastKeys(context, minPriority, at) })
    .map(({ id, key }) => passingOver(context, id, at, () => candidate(context, id, key)))
    .filter((found) => found !== undefined);
}

/** The lowest keys that a workflow of this priority can have: those of one that has come just now. */
function leastKeys({ claimKeys }: StoreContext, minPriority: number, at: number) {
  if (minPriority === 0) return { least_ageing: -Infinity, least_promotion: -Infinity };
  const { ageingKey, promotionKey } = claimKeys({ priority: Math.ceil(minPriority), queuedAt: at });
  return { least_ageing: ageingKey, least_promotion: promotionKey };
}

function passingOver<Result>(
  { onCorruptRow, sql }: StoreContext,
  id: string,
  at: number,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'ROW_CORRUPT')) throw error;
    sql.standAside.run({ id, due_at: at + standAsideMs });
    onCorruptRow(error);
    return undefined;
  }
}

/** What was written last is mostly still in memory, and else read from its row. */
function candidate(context: StoreContext, id: string, key: number): Candidate | undefined {
  const { recent, sql } = context;
  const known = recent.get(id);
  if (known === undefined) {
    const row = sql.candidate.get({ key });
    return row && candidateFrom(context, row);
  }
  const { definition, definitionHash, estimateMs, labels, priority, state } = known.record;
  const { agent } = phaseOf(context.definitions.of(id, definitionHash), state.phase);
  return {
    id,
    definition,
    phase: state.phase,
    ...(agent === undefined ? {} : { agent }),
    priority,
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(labels === undefined ? {} : { labels }),
    queuedAt: known.queuedAt,
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
