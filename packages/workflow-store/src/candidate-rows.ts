import { phaseOf } from './event-data.ts';
import type { CandidateRow } from './workflow-columns.ts';
import type { StoreContext } from './store-context.ts';
import { corruptRow, type StoredWorkflow } from './stored-workflow.ts';
import { parseStored } from './stored-json.ts';
import { unlessCorrupt } from './unless-corrupt.ts';
import type { Candidate } from './workflow-record.ts';

/** A workflow that cannot be read stands aside for this long, so that it stops nobody, and is tried again. */
const standAsideMs = 60_000;

export function candidateOf(
  { definitions }: StoreContext,
  { queuedAt, record }: StoredWorkflow,
): Candidate {
  const { definition, definitionHash, estimateMs, id, labels, parent, priority, state } = record;
  const { agent } = phaseOf(definitions.of(id, definitionHash), state.phase);
  return {
    id,
    definition,
    phase: state.phase,
    ...(agent === undefined ? {} : { agent }),
    priority,
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(labels === undefined ? {} : { labels }),
    ...(parent?.maxParallel === undefined
      ? {}
      : { parent: { id: parent.id, fork: parent.fork, maxParallel: parent.maxParallel } }),
    queuedAt,
  };
}

export function candidateFrom({ definitions, path }: StoreContext, row: CandidateRow): Candidate {
  const { agent } = phaseOf(definitions.of(row.id, row.definition_hash), row.phase);
  return {
    id: row.id,
    definition: row.definition_name,
    phase: row.phase,
    ...(agent === undefined ? {} : { agent }),
    priority: row.priority,
    ...(row.estimate_ms === null ? {} : { estimateMs: row.estimate_ms }),
    ...(row.labels === null ? {} : { labels: labelsOf(path, row.id, row.labels) }),
    ...(row.parent_limit === null
      ? {}
      : {
          parent: {
            id: row.parent_id ?? '',
            fork: row.parent_fork ?? '',
            maxParallel: row.parent_limit,
          },
        }),
    queuedAt: row.queued_at,
  };
}

/** Undefined when the workflow's row is damaged. */
export function passingOver<Result>(
  { limits, nextDue, onCorruptRow, pending, sql }: StoreContext,
  id: string,
  at: number,
  read: () => Result,
): Result | undefined {
  return unlessCorrupt((error) => {
    pending.flush();
    sql.standAside.run({ id, due_at: at + standAsideMs });
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
