import { integerOption, numberOption } from '@chimera/policy';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { passingOver } from './candidate-rows.ts';
import { readCandidates } from './candidates.ts';
import type { Placed } from './front-list.ts';
import type { Offered } from './queue-front.ts';
import { holdWhereFull, releaseWhereRoom } from './held-workflows.ts';
import { isBeingStopped } from './stop-children.ts';
import type { Operation } from './operation.ts';
import { type RowsAhead, rowsAhead } from './rows-ahead.ts';
import type { StoreContext } from './store-context.ts';
import { workflowFrom } from './stored-workflow.ts';
import type { Claim, ClaimRequest } from './workflow-store.ts';

/** Candidates by each of the four orders: enough to pass over those whose agent is not to be had. */
const smallestWindow = 64;
/** Rows that one transaction moves for the sake of limits: what is left is the next one's. */
const mostMoved = 512;

export interface Claimed {
  readonly claims: readonly Claim[];
  /** Limits may still hold back what could be claimed: to be asked again, in a transaction of its own. */
  readonly isCutShort: boolean;
}

export function claiming(context: StoreContext, request: ClaimRequest): Operation<Claimed> {
  const limit = integerOption('workflow-store', 'limit', request.limit, 0);
  const minPriority = numberOption('workflow-store', 'minPriority', request.minPriority ?? 0, 0);
  numberOption('workflow-store', 'leaseMs', request.leaseMs, 1);
  return () => {
    if (limit === 0) return { result: { claims: [], isCutShort: false } };
    const at = context.clock.now();
    const claims: Claim[] = [];
    let [isNarrow, moves] = [true, 0];
    for (;;) {
      moves += releaseWhereRoom(context, minPriority, at, mostMoved - moves);
      const left = limit - claims.length;
      // To read again is to read on: what the first look has claimed is no reason to stop sooner.
      const window = Math.max(smallestWindow, 2 * (isNarrow ? left : limit));
      const reach = { window, wanted: isNarrow ? left : Infinity };
      const offered = readCandidates(context, reach, minPriority, at);
      const { held, isSpent } = claimBest(context, request, offered, window, claims, at);
      moves += held;
      const isCutShort = moves >= mostMoved && claims.length < limit;
      if ((held === 0 && !isSpent) || claims.length === limit || isCutShort)
        return { result: { claims, isCutShort } };
      if (isSpent) isNarrow = false;
    }
  };
}

interface Passed {
  /** So many it held. */
  readonly held: number;
  /** Somebody better than those that are left may stand outside of what was read. */
  readonly isSpent: boolean;
}

/** Claims in the scheduler's order, and holds those whose keys are full. */
function claimBest(
  context: StoreContext,
  { choose, holder, leaseMs, limit }: ClaimRequest,
  { before, placed }: Offered,
  window: number,
  claims: Claim[],
  at: number,
): Passed {
  if (placed.length === 0) return { held: 0, isSpent: before < Infinity };
  const known = new Map<string, Placed>();
  for (const each of placed) known.set(each.candidate.id, each);
  const ids = choose(placed.map(({ candidate }) => candidate));
  const next = ids.slice(0, limit - claims.length);
  const rows = rowsAhead(context, next, (id) => known.get(id)?.key);
  let [held, seen] = [0, 0];
  /** Of those that outsiders stand behind, so many are still to come. */
  let ahead = before - (placed.length - ids.length);
  /** Whoever has the room of one that is held may be better than all that follow. */
  let isOutdated = false;
  for (const id of ids) {
    // Behind so many, somebody better may stand outside of what was read.
    if (claims.length === limit || (held > 0 && seen >= window)) return { held, isSpent: false };
    if (ahead <= 0) return { held, isSpent: true };
    const found = known.get(id);
    if (found === undefined || !known.delete(id)) throw new RangeError(notACandidate(id));
    seen += 1;
    ahead -= 1;
    const others = holdWhereFull(context, found, at);
    if (others !== undefined) {
      held += 1;
      context.front.remove(found.key);
      isOutdated ||= others.length > 0;
      continue;
    }
    if (isOutdated) return { held, isSpent: false };
    const lease = { holder, expiresAt: at + leaseMs };
    const claim = passingOver(context, found.key, at, () => claimOne(context, id, rows, lease, at));
    if (claim !== undefined) claims.push(claim);
  }
  return { held, isSpent: before < Infinity && claims.length < limit };
}

function claimOne(
  context: StoreContext,
  id: string,
  rows: RowsAhead,
  lease: { readonly holder: string; readonly expiresAt: number },
  at: number,
): Claim | undefined {
  const row = rows.get(id);
  const before =
    row === undefined ? loadWorkflow(context, id) : workflowFrom(row, context, row.input);
  if (before === undefined) return undefined;
  const { parent } = before.record;
  if (parent !== undefined && isBeingStopped(context, parent)) return undefined;
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

function notACandidate(id: string): string {
  return `workflow-store: choose must return ids of candidates, each once, got "${id}"`;
}
