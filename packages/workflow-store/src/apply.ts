import type { JsonObject, WorkflowEvent } from '@chimera/workflow';
import { refuseOption } from '@chimera/policy';
import { advance, isIgnored, loadWorkflow } from './advance.ts';
import { eventCopy } from './event-copy.ts';
import { jsonCopy } from './json-copy.ts';
import { moveFamily } from './family.ts';
import type { Operation, Written } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import type { StoredWorkflow } from './stored-workflow.ts';
import { checkInput, checkNew } from './submit.ts';
import type { AttemptEvidence, WorkflowRecord } from './workflow-record.ts';
import type { Applied, ApplyRequest, NewWorkflow } from './workflow-store.ts';

export function applying(
  context: StoreContext,
  request: ApplyRequest,
): Operation<Applied | undefined> {
  const { also, children = [], run, token, workflowId } = request;
  const event = eventCopy(request.event);
  if (request.input !== undefined) checkInput(request.input);
  const input = jsonCopy(request.input) as JsonObject | undefined;
  if (event.type === 'claimed')
    refuseOption(
      'workflow-store',
      'event',
      'anything but claimed, which claim() applies',
      'claimed',
    );
  checkNew(children);
  return () => {
    const stored = loadWorkflow(context, workflowId);
    if (stored === undefined) throw notFound(context.path, workflowId);
    if (!isCurrent(stored, event, token)) return { result: undefined };
    if (children.length !== childrenOf(event, stored.record))
      refuseOption('workflow-store', 'children', 'as many as the event starts', children.length);
    const before =
      input === undefined ? stored : { ...stored, record: { ...stored.record, input } };
    const written = applyEvent(context, before, event, run, children);
    if (isIgnored(written.result.commands))
      return { result: { ...written.result, record: stored.record } };
    if (also === undefined && input === undefined) return written;
    return {
      result: written.result,
      hook: async (trx) => {
        await written.hook?.(trx);
        if (input !== undefined) {
          const body = JSON.stringify(input);
          const { key } = before;
          await trx
            .updateTable('workflow_inputs')
            .set({ body })
            .where('workflow_key', '=', key)
            .execute();
        }
        await also?.(trx);
      },
    };
  };
}

/** Applies an event to a workflow whose token is known to be good. */
export function applyEvent(
  context: StoreContext,
  before: StoredWorkflow,
  event: WorkflowEvent,
  run?: AttemptEvidence,
  children: readonly NewWorkflow[] = [],
): Written<Applied> {
  const { definitions, onDead } = context;
  const { id, definitionHash } = before.record;
  const definition = definitions.of(id, definitionHash);
  const { record, commands } = advance(
    context,
    definition,
    before,
    event,
    run === undefined ? {} : { evidence: run },
  );
  const others = moveFamily(context, event, before.record, { record, commands }, children);
  const applied = { record, commands, others };
  const death = commands.find((command) => command.type === 'dead-letter');
  if (death === undefined || onDead === undefined) return { result: applied };
  const dead = { record, definition, cause: death.cause, at: event.at };
  return { result: applied, hook: (trx) => onDead(dead, trx) };
}

/** How many an event starts: of all that it counts, those that have not been added before. */
function childrenOf(event: WorkflowEvent, { state }: WorkflowRecord): number {
  if (event.type === 'children-added') return event.count;
  return event.type === 'children-started' ? event.count - (state.children?.started ?? 0) : 0;
}

/** Outcomes of an attempt count only from the holder of the newest lease. */
function isCurrent(
  { record, token: newest }: StoredWorkflow,
  event: WorkflowEvent,
  token: number | undefined,
): boolean {
  const isRunning = record.state.status === 'running';
  if (token !== undefined) return isRunning && token === newest;
  if (isRunning && isOutcome(event))
    refuseOption('workflow-store', 'token', `the claim's for ${event.type}`, token);
  return true;
}

function isOutcome({ type }: WorkflowEvent): boolean {
  switch (type) {
    case 'phase-succeeded':
    case 'phase-rejected':
    case 'phase-failed':
    case 'children-added':
    case 'children-started':
    case 'parked':
    case 'interrupted':
      return true;
    case 'claimed':
    case 'woken':
    case 'timed-out':
    case 'child-ended':
    case 'child-requeued':
    case 'cancel-requested':
    case 'requeued':
      return false;
  }
}

function notFound(path: string, workflowId: string): StoreError {
  return new StoreError(
    'WORKFLOW_NOT_FOUND',
    path,
    `workflow ${workflowId} is not in ${path}; it was never submitted, or its retention is over`,
    { workflowId },
  );
}
