import {
  type Acknowledgement,
  checkEffectivelyOnce,
  checkEventLog,
  Judge,
  type LoggedEvent,
  mergeVerdicts,
  type Verdict,
} from '@chimera/proving/history';
import type { StoredEvent } from '@chimera/workflow-store';
import { judgeClaims, type Submission } from './claim-order.ts';
import { definition, phases } from './proved-definition.ts';
import type { SimulatedDaemon } from './simulated-daemon.ts';
import type { Workshop } from './working-agent.ts';

export interface Finished {
  readonly daemon: SimulatedDaemon;
  readonly workshop: Workshop;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly submissions: ReadonlyMap<string, Submission>;
  readonly hasEnded: boolean;
}

/** Everything that must hold once all has come to rest. */
export async function judgeRun(finished: Finished): Promise<Verdict> {
  const { acknowledgements, daemon, hasEnded, submissions, workshop } = finished;
  const events = await daemon.store.events({ limit: 1_000_000 });
  const looks = new Judge();
  looks.look('daemon-10', 'all', !hasEnded && 'an hour after the last fault not all has ended');
  for (const { message, workflowId } of judgeClaims(events, submissions))
    looks.look('daemon-9', workflowId, message);
  for (const id of submissions.keys())
    looks.look(
      'daemon-11',
      id,
      daemon.overfull.includes(id) && 'it was started while more ran than there are slots',
    );
  await judgeDeadLetters(looks, daemon, events);
  await judgeRecords(looks, daemon, events);
  const { journal } = workshop;
  return mergeVerdicts([
    checkEventLog({ acknowledgements, events: logged(events), phases, journal }),
    checkEffectivelyOnce(withRequests(workshop)),
    looks.verdict,
  ]);
}

function logged(events: readonly StoredEvent[]): readonly LoggedEvent[] {
  return events.map(({ data, ...event }) => ({ ...event, data: data as LoggedEvent['data'] }));
}

/** Each visit of a phase was asked for as soon as somebody worked on it. */
function withRequests({ effects }: Workshop) {
  return [...effects.events].flatMap((event) => {
    const { op, type, value } = event;
    if (op !== 'effect' || type !== 'invoke') return [event];
    const request = { ...event, op: 'request', process: `${event.process} asked`, value };
    return [request, event];
  });
}

/** The workflows that are dead are those whose dead letter is open: also where a kill left them. */
export async function judgeParked(
  looks: Judge,
  { deadLetters, store }: Pick<SimulatedDaemon, 'deadLetters' | 'store'>,
): Promise<void> {
  const dead = await store.list({ status: 'dead', limit: 1_000 });
  const { items } = await deadLetters.list({ status: 'open', limit: 1_000 });
  const isDead = dead.items.map(({ id }) => id).sort();
  const isOpen = items.map(({ taskId }) => taskId).sort();
  looks.look(
    'dlq-3',
    'all',
    isDead.join() !== isOpen.join() &&
      `dead are ${isDead.join(', ')}, and dead letters are open of ${isOpen.join(', ')}`,
  );
}

async function judgeDeadLetters(
  looks: Judge,
  daemon: SimulatedDaemon,
  events: readonly StoredEvent[],
): Promise<void> {
  await judgeParked(looks, daemon);
  const { items } = await daemon.deadLetters.list({ limit: 1_000 });
  const letters = Map.groupBy(items, ({ taskId }) => taskId);
  for (const [id, own] of Map.groupBy(events, ({ workflowId }) => workflowId)) {
    const deaths = own.filter(({ data }) => statusOf(data) === 'dead');
    const of = letters.get(id) ?? [];
    looks.look(
      'dlq-1',
      id,
      deaths.length !== of.length && `${deaths.length} deaths, and ${of.length} dead letters`,
    );
    const requeued = own.filter(({ type }) => type === 'requeued').length;
    const marked = of.filter(({ status }) => status === 'requeued').length;
    looks.look(
      'daemon-15',
      id,
      requeued !== marked && `requeued ${requeued} times, by ${marked} dead letters`,
    );
    judgeFailures(looks, id, own);
    for (const [index, { data, type }] of deaths.entries()) {
      const letter = of.find(({ death }) => death === index + 1);
      const error = (data as { readonly error?: { readonly message?: string } }).error;
      if (type !== 'phase-failed' || letter === undefined) continue;
      looks.look(
        'dlq-4',
        id,
        letter.error.message !== error?.message &&
          `it died of "${error?.message}", and its dead letter tells "${letter.error.message}"`,
      );
    }
  }
}

/** A failure is a death when it is final or was the last attempt's, and else another attempt's beginning. */
function judgeFailures(looks: Judge, id: string, events: readonly StoredEvent[]): void {
  let attempt = 0;
  for (const { data, seq, type } of events) {
    const told = data as {
      readonly attempt?: number;
      readonly phase?: string;
      readonly error?: { readonly retryable?: boolean };
    };
    if (type === 'claimed') attempt = told.attempt ?? 0;
    const status = statusOf(data);
    if (type !== 'phase-failed' || status === 'cancelled') continue;
    const most = definition.phases.find(({ name }) => name === told.phase)?.retry.maxRetries ?? 0;
    const isLast = told.error?.retryable === false || attempt > most;
    looks.look(
      'dlq-2',
      id,
      isLast !== (status === 'dead') &&
        `event ${seq}: a ${isLast ? 'last' : 'passing'} failure of attempt ${attempt} makes it ${status}`,
    );
  }
}

async function judgeRecords(
  looks: Judge,
  { pool, store }: SimulatedDaemon,
  events: readonly StoredEvent[],
): Promise<void> {
  const { items } = await store.list({ limit: 1_000 });
  const byWorkflow = Map.groupBy(events, ({ workflowId }) => workflowId);
  const visitsOf = new Map(definition.phases.map(({ maxVisits, name }) => [name, maxVisits]));
  for (const { id, lease, state } of items) {
    const own = byWorkflow.get(id) ?? [];
    const told = statusOf(own.at(-1)?.data);
    looks.look(
      'workflow-1',
      id,
      told !== state.status && `it is ${state.status}, and its last event says ${told}`,
    );
    if (state.status === 'completed') {
      const missing = phases.filter(
        (phase) => !state.artifacts.some((artifact) => artifact.phase === phase),
      );
      looks.look('workflow-2', id, missing.length > 0 && `nothing is kept of ${missing.join()}`);
    }
    for (const [phase, visits] of Object.entries(state.visits))
      looks.look(
        'workflow-3',
        id,
        state.requeues === undefined &&
          visits > (visitsOf.get(phase) ?? Infinity) &&
          `${visits} visits of ${phase}`,
      );
    const runs = await store.phaseRuns(id);
    const claims = own.filter(({ type }) => type === 'claimed').length;
    const open = runs.filter(({ endedAt }) => endedAt === undefined).length;
    looks.look(
      'workflow-4',
      id,
      (runs.length !== claims || open > 0) &&
        `${claims} claims, and ${runs.length} phase runs, ${open} of them without an end`,
    );
    looks.look('pool-1', id, lease !== undefined && `${lease.holder} holds it still`);
  }
  const open = await store.openPhaseRuns();
  looks.look(
    'pool-1',
    'all',
    pool.running + open.length > 0 && `${pool.running} run, and ${open.length} have no end`,
  );
}

function statusOf(data: unknown): string | undefined {
  return (data as { readonly status?: string } | undefined)?.status;
}
