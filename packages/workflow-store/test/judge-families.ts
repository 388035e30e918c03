import type { PhaseChildren, WorkflowDefinition } from '@chimera/workflow';
import type { ParentLink, StoredEvent } from '../src/index.ts';

interface Child {
  status: string;
  /** It was redriven after its parent had let it go: it runs for itself. */
  isFree: boolean;
}

interface Fork {
  readonly children: PhaseChildren;
  /** As far as the parent has said so. */
  announced: number;
  total: number;
  isOpen: boolean;
  readonly members: Child[];
}

interface Known {
  readonly definition: WorkflowDefinition;
  phase: string;
  fork: Fork | undefined;
  /** For its children. */
  isWaiting: boolean;
  readonly member: { readonly fork: Fork; readonly index: number } | undefined;
}

/**
 * What is wrong with families, told from the event log alone, event by event: more children run
 * than may, one is missing or there twice, a join is not where its children are, one begins that
 * nobody waits for.
 */
export function judgeFamilies(
  events: readonly StoredEvent[],
  definitions: ReadonlyMap<string, WorkflowDefinition>,
): readonly string[] {
  const wrong: string[] = [];
  const known = new Map<string, Known>();
  for (const { data, seq, type, workflowId } of events) {
    const say = (what: string) => wrong.push(`event ${seq} (${type} of ${workflowId}): ${what}`);
    const status = wordOf(data, 'status');
    if (type === 'submitted') {
      known.set(workflowId, submitted(data, known, definitions, say));
      continue;
    }
    const one = known.get(workflowId);
    if (one === undefined) {
      say('nobody has submitted it');
      continue;
    }
    if (one.member !== undefined) moved(one.member, type, status, say);
    told(one, type, data, say);
    if (typeof data.nextPhase === 'string') one.phase = data.nextPhase;
    one.isWaiting = status === 'waiting' && type.startsWith('child');
  }
  for (const [id, { fork }] of known)
    if (fork?.isOpen === true && fork.members.length !== fork.announced)
      wrong.push(`${id} has ${fork.members.length} children of ${fork.announced}`);
  return wrong;
}

function submitted(
  data: StoredEvent['data'],
  known: ReadonlyMap<string, Known>,
  definitions: ReadonlyMap<string, WorkflowDefinition>,
  say: (what: string) => void,
): Known {
  const name = wordOf(data, 'definition');
  const definition = definitions.get(name);
  if (definition === undefined) throw new Error(`no definition ${name}`);
  const start = { definition, phase: definition.start, fork: undefined, isWaiting: false };
  const link = data.parent as unknown as ParentLink | undefined;
  if (link === undefined) return { ...start, member: undefined };
  const fork = known.get(link.id)?.fork;
  if (fork === undefined) throw new Error('a child of nobody');
  if (link.index !== fork.members.length) say(`child ${link.index} after ${fork.members.length}`);
  if (fork.members.length >= fork.announced) say('more children than their parent says');
  if (link.maxParallel !== fork.children.maxParallel) say('another number at a time');
  fork.members.push({ status: 'queued', isFree: false });
  return { ...start, member: { fork, index: link.index } };
}

function moved(
  { fork, index }: NonNullable<Known['member']>,
  type: StoredEvent['type'],
  status: string,
  say: (what: string) => void,
): void {
  const child = fork.members[index];
  if (child === undefined) return say('it is no child');
  child.status = status;
  if (type === 'requeued' && !fork.isOpen) child.isFree = true;
  if (type !== 'claimed') return;
  if (!fork.isOpen && !child.isFree) say('it begins, and nobody waits for it');
  const running = fork.members.filter((each) => each.status === 'running').length;
  const { maxParallel = Infinity } = fork.children;
  if (running > maxParallel) say(`${running} children run, ${maxParallel} may`);
}

/** What an event of a parent says of its children, and how it stands with them. */
function told(
  one: Known,
  type: StoredEvent['type'],
  data: StoredEvent['data'],
  say: (what: string) => void,
): void {
  const status = wordOf(data, 'status');
  if (type === 'children-added' || type === 'children-started') {
    const isStep = type === 'children-added';
    const total = Number(isStep ? data.total : data.count);
    const before = one.fork?.isOpen === true ? one.fork : newFork(one, total);
    if (status !== 'running' && status !== 'waiting' && status !== 'queued') return letGo(one);
    if (before.announced !== before.members.length) say('the step before it is not whole');
    if (before.total !== total) say(`${total} children, and ${before.total} before`);
    before.announced = isStep ? before.announced + Number(data.count) : total;
    one.fork = before;
  }
  const { fork } = one;
  if (fork?.isOpen !== true) return;
  const verdict = verdictOf(fork);
  const isJoin = type === 'children-started' || type === 'child-ended';
  const isJoined = status === 'queued' && (type === 'children-started' || one.isWaiting);
  if (isJoin && isJoined && verdict === 'open') say('it is joined too early');
  if (isJoin && status === 'waiting' && verdict !== 'open') say('it waits, and need not');
  const isOver = ['completed', 'dead', 'cancelled'].includes(status);
  if (isOver || type === 'phase-succeeded' || type === 'phase-rejected') {
    if (type === 'phase-succeeded' && verdict !== 'satisfied') say('too few have completed');
    return letGo(one);
  }
  if (isJoin && verdict !== 'open') fork.isOpen = false;
}

function newFork({ definition, phase }: Known, total: number): Fork {
  const children = definition.phases.find(({ name }) => name === phase)?.children;
  if (children === undefined) throw new Error(`${phase} has no children`);
  return { children, announced: 0, total, isOpen: true, members: [] };
}

function letGo({ fork }: Known): void {
  if (fork !== undefined) fork.isOpen = false;
}

/** Counted afresh from what each child has come to. */
function verdictOf({ announced, children, members, total }: Fork): string {
  if (announced < total) return 'open';
  const { join } = children;
  const needed = join === 'all' ? total : join === 'any' ? 1 : join.atLeast;
  const count = (...wanted: readonly string[]) =>
    members.filter(({ status }) => wanted.includes(status)).length;
  if (count('completed') >= needed) return 'satisfied';
  return count('completed', 'dead', 'cancelled') === total ? 'failed' : 'open';
}

function wordOf(data: StoredEvent['data'], name: string): string {
  const word = data[name];
  return typeof word === 'string' ? word : '';
}
