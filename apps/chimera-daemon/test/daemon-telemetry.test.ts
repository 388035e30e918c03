import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '@chimera/policy';
import { defineWorkflow } from '@chimera/workflow';
import type { Applied } from '@chimera/workflow-store';
import { expect, onTestFinished, test } from 'vitest';
import { DaemonTelemetry } from '../src/telemetry/daemon-telemetry.ts';
import { StateSampler } from '../src/telemetry/state-sampler.ts';
import { smallDaemon, threePhases, workflowOf } from './small-daemon.ts';

function watchedQueue() {
  const clock = new VirtualClock();
  const telemetry = new DaemonTelemetry({ clock });
  onTestFinished(() => telemetry.stop());
  const counts = { queued: 0, running: 0, waiting: 0, completed: 0, dead: 0, cancelled: 0 };
  const store = {
    counts: async (): Promise<typeof counts> => ({ ...counts }),
    depth: async () => ({ queued: counts.queued, waiting: 0, held: 3 }),
  };
  const letters = { open: 0 } as Awaited<
    ReturnType<ConstructorParameters<typeof StateSampler>[0]['deadLetters']['counts']>
  >;
  const deadLetters = { counts: async () => letters, oldestOpenAt: async () => undefined };
  const path = 'chimera.db';
  telemetry.attach({
    pool: { target: 1, running: 0, peak: 0, isPaused: false },
    baseline: () => 1,
    mode: () => 'normal',
    agents: () => [],
    sampler: new StateSampler({ store, deadLetters, path, clock }),
  });
  const lines = async (name: string): Promise<string[]> => {
    let text = '';
    for await (const chunk of telemetry.scrape('prometheus')) text += chunk;
    return text.split('\n').filter((line) => line.startsWith(name));
  };
  return { clock, counts, lines, store, telemetry };
}

const sampled = /^chimera_(?:workflows|queue|dead_letter_queue)(?:\{|_(?!operations))/;

test.each([
  ['refuses', 'disk I/O error', () => Promise.reject(new Error('disk I/O error'))],
  [
    'does not answer in time',
    'chimera.db has not answered within 5 s; look at its disk',
    (answer: Promise<never>) => answer,
  ],
])('a scrape leaves out what a store holds that %s, until it does', async (_what, why, silent) => {
  const { clock, counts, lines, store, telemetry } = watchedQueue();
  for (; counts.queued < 20; counts.queued += 1) {
    await clock.advance(5_000);
    await telemetry.sample();
  }
  await clock.advance(5_000);
  const all = await lines('chimera_');
  const known = all.filter((line) => sampled.test(line));
  expect(known).toContain('chimera_queue_held 3');
  expect(new Set(known.map((line) => line.split(/[ {]/, 1)[0]))).toEqual(
    new Set([
      'chimera_workflows',
      'chimera_queue_depth',
      'chimera_queue_trend',
      'chimera_queue_oldest_age_seconds',
      'chimera_queue_held',
      'chimera_dead_letter_queue_open',
      'chimera_dead_letter_queue_oldest_age_seconds',
    ]),
  );

  const answering = store.counts;
  const late = Promise.withResolvers<never>();
  store.counts = () => silent(late.promise);
  await clock.advance(15_000);
  const scraped = lines('chimera_');
  await clock.advance(5_000);
  const others = all.filter((line) => !sampled.test(line));
  expect(await scraped).toEqual(others);
  // The next one does not wait for it again.
  expect(await lines('chimera_')).toEqual(others);
  await expect(telemetry.sample()).rejects.toThrow(why);

  store.counts = answering;
  late.resolve((await answering()) as never);
  await setImmediate();
  expect(await lines('chimera_')).toEqual(all);
});

test.each([
  ['up', (n: number) => 10 + 5 * n, '1'],
  ['nowhere', () => 10, '0'],
  ['down', (n: number) => 200 - 5 * n, '-1'],
])('the trend of the queue is told when its depth goes %s', async (_where, depth, value) => {
  const { clock, counts, lines, telemetry } = watchedQueue();
  expect(await lines('chimera_queue_trend')).toEqual([]);
  for (let sample = 0; sample < 20; sample += 1) {
    counts.queued = depth(sample);
    await clock.advance(5_000);
    await telemetry.sample();
  }
  expect(await lines('chimera_queue_trend')).toEqual([`chimera_queue_trend ${value}`]);
  expect(await lines('chimera_queue_depth')).toEqual([`chimera_queue_depth ${depth(19)}`]);
});

test('a parent that moved because a crash ended its child is counted with it', async () => {
  const { lines, telemetry } = watchedQueue();
  const cause = { kind: 'recoveries-exhausted', recoveries: 5 };
  const ended = { createdAt: 0, runAt: 0, finishedAt: 1_000 };
  const recordOf = (id: string, definition: string) => ({
    id,
    definition,
    ...ended,
    state: { status: 'dead', phase: 'p', retries: 0, cause },
  });
  const recovered = [
    { commands: [], record: recordOf('c', 'child'), others: [recordOf('p', 'parent')] },
  ] as unknown as readonly Applied[];
  telemetry.recovered(recovered);
  expect(await lines('chimera_workflow_execution_calls_total')).toEqual([
    'chimera_workflow_execution_calls_total{definition="child",status="error"} 1',
    'chimera_workflow_execution_calls_total{definition="parent",status="error"} 1',
  ]);
  expect(telemetry.history.finished.map(({ definition }) => definition)).toEqual([
    'child',
    'parent',
  ]);
});

test('what has not become of the workflows of loaded definitions is zero: of a first burst, an increase is seen', async () => {
  const { lines, telemetry } = watchedQueue();
  const review = { name: 'review', stage: 'validation', agent: 'a', timeout: '1m' } as const;
  telemetry.expect([
    workflowOf([
      { ...review, name: 'do', stage: 'implementation' },
      { ...review, onRejected: 'do' },
    ]),
    defineWorkflow({ name: 'short', timeout: '1h', phases: [review] }),
  ]);
  expect(await lines('chimera_workflow_execution_calls_total')).toEqual([
    'chimera_workflow_execution_calls_total{definition="test",status="success"} 0',
    'chimera_workflow_execution_calls_total{definition="test",status="error"} 0',
    'chimera_workflow_execution_calls_total{definition="test",status="aborted"} 0',
    'chimera_workflow_execution_calls_total{definition="short",status="success"} 0',
    'chimera_workflow_execution_calls_total{definition="short",status="error"} 0',
    'chimera_workflow_execution_calls_total{definition="short",status="aborted"} 0',
  ]);
  expect(await lines('chimera_dead_letters_total')).toEqual([
    'chimera_dead_letters_total{definition="test",phase="do",cause="failed"} 0',
    'chimera_dead_letters_total{definition="test",phase="do",cause="recoveries-exhausted"} 0',
    'chimera_dead_letters_total{definition="test",phase="do",cause="rejected"} 0',
    'chimera_dead_letters_total{definition="test",phase="review",cause="failed"} 0',
    'chimera_dead_letters_total{definition="test",phase="review",cause="recoveries-exhausted"} 0',
    'chimera_dead_letters_total{definition="test",phase="review",cause="rework-exhausted"} 0',
    'chimera_dead_letters_total{definition="short",phase="review",cause="failed"} 0',
    'chimera_dead_letters_total{definition="short",phase="review",cause="recoveries-exhausted"} 0',
    'chimera_dead_letters_total{definition="short",phase="review",cause="rejected"} 0',
    'chimera_dead_letters_total{definition="short",phase="review",cause="timed-out"} 0',
  ]);
});

test('however many definitions there are, half of the room is left for what happens', async () => {
  const { lines, telemetry } = watchedQueue();
  const phase = { name: 'p', stage: 'validation', agent: 'a', timeout: '1m' } as const;
  telemetry.expect(Array.from({ length: 400 }, (_, n) => workflowOf([phase], `w${n}`)));
  expect(await lines('chimera_dead_letters_total')).toHaveLength(500);
  expect(await lines('chimera_workflow_execution_calls_total')).toHaveLength(500);
});

test('a workflow that died of too many crashes is counted as a dead letter', async () => {
  const { lines, telemetry } = watchedQueue();
  const { clock, store, submit } = await smallDaemon({
    agents: { planner: () => null },
    watch: telemetry,
  });
  const id = await submit(threePhases);
  for (let crash = 0; (await store.get(id))?.finishedAt === undefined; crash += 1) {
    const holder = `crash ${crash}`;
    await store.claim({ holder, leaseMs: 1_000, limit: 1, choose: () => [id] });
    await clock.advance(1_000);
    await store.recover({ deadHolders: () => false, now: clock.now() });
  }
  expect(await lines('chimera_dead_letters_total')).toEqual([
    'chimera_dead_letters_total{definition="test",phase="plan",cause="recoveries-exhausted"} 1',
  ]);
  expect(await lines('chimera_workflow_execution_calls_total')).toEqual([
    'chimera_workflow_execution_calls_total{definition="test",status="error"} 1',
  ]);
});

test('an attempt is counted once: by who ran it, and by the event of one that had no agent', async () => {
  const { lines, telemetry } = watchedQueue();
  const state = { status: 'queued', phase: 'next', retries: 0, artifacts: [{ phase: 'do' }] };
  const record = { id: 'w', definition: 'work', state };
  const applied = { commands: [], others: [], record } as unknown as Applied;
  const event = { type: 'phase-succeeded', at: 3_000, output: null } as const;
  const run = { agent: 'worker', startedAt: 1_000, details: null };

  telemetry.applied({ workflowId: 'w', event, token: 1, run }, applied);
  expect(telemetry.history.phases).toEqual([]);
  telemetry.recorded({
    record: applied.record,
    phase: 'do',
    agent: 'worker',
    token: 1,
    event: 'phase-succeeded',
    durationMs: 2_000,
  });
  const attempts = { definition: 'work', phase: 'do', failures: [false] };
  expect(telemetry.history.phases).toEqual([{ ...attempts, agent: 'worker' }]);

  telemetry.applied({ workflowId: 'w', event, token: 2 }, applied);
  expect(telemetry.history.phases).toEqual([
    { ...attempts, agent: undefined, failures: [false, false] },
  ]);
  expect(await lines('chimera_phase_duration_seconds_')).toEqual(
    expect.arrayContaining([
      'chimera_phase_duration_seconds_sum{definition="work",phase="do",outcome="succeeded"} 2',
      'chimera_phase_duration_seconds_count{definition="work",phase="do",outcome="succeeded"} 1',
    ]),
  );
  expect(await lines('chimera_queue_operations_total{operation="complete"}')).toEqual([
    'chimera_queue_operations_total{operation="complete"} 2',
  ]);
});
