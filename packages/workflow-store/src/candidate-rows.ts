import { claimTask } from './claim-keys.ts';
import type { PlacedRow } from './claim-statements.ts';
import { phaseOf } from './event-data.ts';
import type { Place, Placed } from './front-list.ts';
import type { CandidateRow } from './workflow-columns.ts';
import type { StoreContext } from './store-context.ts';
import { corruptRow, type StoredWorkflow } from './stored-workflow.ts';
import { parseStored } from './stored-json.ts';
import { unlessCorrupt } from './unless-corrupt.ts';
import type { Candidate } from './workflow-record.ts';

/** Written field by field: of all that a claim is shown, spreading costs several times as much. */
type ChangingCandidate = { -readonly [Name in keyof Candidate]: Candidate[Name] };

/** A workflow that cannot be read stands aside for this long, so that it stops nobody, and is tried again. */
const standAsideMs = 60_000;

/** Where it would stand if it is claimable. */
export function placeOf(
  { claimKeys }: StoreContext,
  { key, queuedAt, record }: StoredWorkflow,
): Place {
  const { ageingKey, isShort, promotionKey } = claimKeys(claimTask(record, queuedAt));
  return { key, queuedAt, ageingKey, promotionKey, isShort };
}

export function placedOf(context: StoreContext, workflow: StoredWorkflow, place: Place): Placed {
  const { ageingKey, isShort, key, promotionKey, queuedAt } = place;
  const candidate = candidateOf(context, workflow);
  return { key, queuedAt, ageingKey, promotionKey, isShort, candidate, isGone: false };
}

export function placedFrom(context: StoreContext, row: PlacedRow): Placed {
  const { is_short, key, priority, queued_at: queuedAt } = row;
  const { ageingKey, promotionKey } = context.claimKeys({ priority, queuedAt });
  const [isShort, candidate] = [is_short === 1, candidateFrom(context, row)];
  return { key, queuedAt, ageingKey, promotionKey, isShort, candidate, isGone: false };
}

function candidateOf(
  { definitions }: StoreContext,
  { queuedAt, record }: StoredWorkflow,
): Candidate {
  const { definition, definitionHash, id, parent, priority, state } = record;
  const { phase } = state;
  const { agent } = phaseOf(definitions.of(id, definitionHash), phase);
  const { estimateMs, labels } = record;
  const candidate: ChangingCandidate = { id, definition, phase, priority, queuedAt };
  if (agent !== undefined) candidate.agent = agent;
  if (estimateMs !== undefined) candidate.estimateMs = estimateMs;
  if (labels !== undefined) candidate.labels = labels;
  if (parent?.maxParallel !== undefined)
    candidate.parent = { id: parent.id, fork: parent.fork, maxParallel: parent.maxParallel };
  return candidate;
}

export function candidateFrom({ definitions, path }: StoreContext, row: CandidateRow): Candidate {
  const { id, phase } = row;
  const { agent } = phaseOf(definitions.ofRow(row), phase);
  const candidate: ChangingCandidate = {
    id,
    definition: row.definition_name,
    phase,
    priority: row.priority,
    queuedAt: row.queued_at,
  };
  if (agent !== undefined) candidate.agent = agent;
  if (row.estimate_ms !== null) candidate.estimateMs = row.estimate_ms;
  if (row.labels !== null) candidate.labels = labelsOf(path, id, row.labels);
  if (row.parent_limit !== null)
    candidate.parent = {
      id: row.parent_id ?? '',
      fork: row.parent_fork ?? '',
      maxParallel: row.parent_limit,
    };
  return candidate;
}

/** Undefined when the workflow's row is damaged. */
export function passingOver<Result>(
  { front, limits, nextDue, onCorruptRow, pending, sql }: StoreContext,
  key: number,
  at: number,
  read: () => Result,
): Result | undefined {
  return unlessCorrupt((error) => {
    pending.flush();
    front.outdate();
    sql.standAside.run({ key, due_at: at + standAsideMs });
    nextDue.note(at + standAsideMs);
    // Which keys it stood for cannot be read.
    limits.unsettle(limits.heldKeys());
    onCorruptRow(error);
  }, read);
}

function labelsOf(path: string, id: string, text: string): Readonly<Record<string, string>> {
  const labels = parseStored('labels', text);
  if ('problem' in labels) throw corruptRow(path, id, labels.problem);
  return labels.value;
}
