import {
  expectRight,
  histories,
  type WorkflowHappening,
  type WorkflowLaw,
  type WorkflowSeen,
  type WorkflowUnderTest,
} from './workflow-under-test.ts';

interface Seen {
  readonly happening: WorkflowHappening;
  readonly before: WorkflowSeen;
  readonly after: WorkflowSeen;
  readonly runs: string | undefined;
}

/** Each step of a history, as it is seen from outside. */
function* stepsOf(
  { see, start, transition }: WorkflowUnderTest,
  history: readonly WorkflowHappening[],
): Generator<Seen, void, undefined> {
  let state = start;
  for (const happening of history) {
    const before = see(state);
    const step = transition(state, happening);
    yield { happening, before, after: see(step.state), runs: step.runs };
    ({ state } = step);
  }
}

function stored(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state));
}

/** Played beside a second run, whose states are read back from JSON at each step. */
function wrongWithReplay(
  { start, transition }: WorkflowUnderTest,
  history: readonly WorkflowHappening[],
): string | undefined {
  let state = start;
  let again = stored(start);
  for (const [index, happening] of history.entries()) {
    const before = JSON.stringify(state);
    const next = transition(state, happening).state;
    const at = `${happening} (${index + 1})`;
    if (JSON.stringify(state) !== before) return `${at} wrote into the state before it`;
    again = stored(transition(again, happening).state);
    const [told, replayed] = [JSON.stringify(next), JSON.stringify(again)];
    if (told !== replayed) return `${at} leads to ${told}, and once more to ${replayed}`;
    state = next;
  }
  return undefined;
}

/** A visit ends with a verdict, so these are counted, and no number that the machine keeps. */
function wrongWithVisits(
  machine: WorkflowUnderTest,
  history: readonly WorkflowHappening[],
): string | undefined {
  const mostOf = new Map(machine.phases.map(({ maxVisits, name }) => [name, maxVisits]));
  let ended: Record<string, number> = {};
  for (const { after, before, happening } of stepsOf(machine, history)) {
    if (happening === 'requeued' && before.status === 'dead') ended = {};
    if (before.status !== 'running' || (happening !== 'succeeded' && happening !== 'rejected'))
      continue;
    const { phase } = before;
    ended = { ...ended, [phase]: (ended[phase] ?? 0) + 1 };
    const isLeft = after.status === 'queued' || after.status === 'waiting';
    const visits = isLeft ? (ended[after.phase] ?? 0) + 1 : 0;
    const most = mostOf.get(after.phase) ?? 0;
    if (visits > most) return `visit ${visits} of ${after.phase}, which may have ${most}`;
  }
  return undefined;
}

function wrongWithRuns(
  machine: WorkflowUnderTest,
  history: readonly WorkflowHappening[],
): string | undefined {
  for (const { after, before, happening, runs } of stepsOf(machine, history)) {
    const isWaiting = before.status === 'queued' || before.status === 'waiting';
    const what = `${happening} of what is ${before.status}`;
    if (happening === 'claimed' && isWaiting) {
      if (after.status !== 'running') return `${what} makes it ${after.status}`;
      if (runs !== after.phase) return `${what} runs ${runs}, and ${after.phase} is due`;
      continue;
    }
    if (runs !== undefined) return `${what} runs ${runs}`;
    if (after.status === 'running' && before.status !== 'running') return `${what} makes it run`;
    const isOutcome = !['claimed', 'cancelled', 'requeued'].includes(happening);
    if (isOutcome && before.status === 'running' && after.status === 'running')
      return `${what} does not end the run`;
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    if (isOutcome && before.status !== 'running' && !isSame)
      return `${what}: nothing ran, and it is ${after.status} in ${after.phase}`;
  }
  return undefined;
}

export const workflowLaws: readonly WorkflowLaw[] = [
  {
    id: 'workflow-1',
    name: 'a state is where its log leads, and nothing else decides',
    check: async (machine) => {
      expectRight(histories(machine), (history) => wrongWithReplay(machine, history));
    },
  },
  {
    id: 'workflow-2',
    name: 'what is completed has an artifact of every phase',
    check: async (machine) => {
      const all = histories(machine);
      let completed = 0;
      expectRight(all, (history) => {
        for (const { after } of stepsOf(machine, history)) {
          if (after.status !== 'completed') continue;
          completed += 1;
          const missing = machine.phases.filter(({ name }) => !after.artifacts.includes(name));
          if (missing.length > 0)
            return `nothing is kept of ${missing.map(({ name }) => name).join()}`;
        }
        return undefined;
      });
      if (completed === 0) throw new Error(`none of ${all.length} histories is completed`);
    },
  },
  {
    id: 'workflow-3',
    name: 'a phase is visited as often as its definition allows at most',
    check: async (machine) => {
      expectRight(histories(machine), (history) => wrongWithVisits(machine, history));
    },
  },
  {
    id: 'workflow-4',
    name: 'every claim is a run of a phase with one end',
    check: async (machine) => {
      expectRight(histories(machine), (history) => wrongWithRuns(machine, history));
    },
  },
];
