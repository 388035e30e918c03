import { integerOption, numberOption } from '@chimera/policy';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { passingOver } from './candidate-rows.ts';
import { claimFloor, readCandidates } from './candidates.ts';
import { holdWhereFull, releaseWhereRoom } from './held-workflows.ts';
import { isBeingStopped } from './stop-children.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import type { Candidate } from './workflow-record.ts';
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
    const floor = claimFloor(context, minPriority, at);
    const claims: Claim[] = [];
    for (let moves = 0; ;) {
      moves += releaseWhereRoom(context, floor, at, mostMoved - moves);
      const window = Math.max(smallestWindow, 2 * (limit - claims.length));
      const candidates = readCandidates(context, window, floor, at);
      const held = claimBest(context, request, candidates, window, claims, at);
      moves += held;
      const isCutShort = moves >= mostMoved && claims.length < limit;
      if (held === 0 || claims.length === limit || isCutShort)
        return { result: { claims, isCutShort } };
    }
  };
}

/** Claims in the scheduler's order, and holds those whose keys are full; returns how many it held. */
function claimBest(
  context: StoreContext,
  { choose, holder, leaseMs, limit }: ClaimRequest,
  candidates: readonly Candidate[],
  window: number,
  claims: Claim[],
  at: number,
): number {
  if (candidates.length === 0) return 0;
  const known = new Map(candidates.map((each) => [each.id, each]));
  let [held, seen] = [0, 0];
  /** Whoever has the room of one that is held may be better than all that follow. */
  let isOutdated = false;
  for (const id of choose(candidates)) {
    // Behind so many, somebody better may stand outside of what was read.
    if (claims.length === limit || (held > 0 && seen >= window)) break;
    const candidate = known.get(id);
    if (candidate === undefined || !known.delete(id)) throw new RangeError(notACandidate(id));
    seen += 1;
    const others = holdWhereFull(context, candidate, at);
    if (others !== undefined) {
      held += 1;
      isOutdated ||= others.length > 0;
      continue;
    }
    if (isOutdated) break;
    const lease = { holder, expiresAt: at + leaseMs };
    const claim = passingOver(context, id, at, () => claimOne(context, id, lease, at));
    if (claim !== undefined) claims.push(claim);
  }
  return held;
}

function claimOne(
  context: StoreContext,
  id: string,
  lease: { readonly holder: string; readonly expiresAt: number },
  at: number,
): Claim | undefined {
  const before = loadWorkflow(context, id);
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
