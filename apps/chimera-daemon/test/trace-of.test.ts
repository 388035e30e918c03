import type { ModuleRun } from '@chimera/agents';
import { VirtualClock } from '@chimera/policy';
import { expect, test } from 'vitest';
import { traceOf } from '../src/tracing/trace-of.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const minute = 60_000;
const work = workflowOf([
  { name: 'do', stage: 'planning', agent: 'worker', timeout: '1h' },
  { name: 'check', stage: 'validation', agent: 'worker', timeout: '1h' },
]);

test('no span ends before it begins, though the clock was set back meanwhile', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const worker: ModuleRun = async () => {
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, minute);
    });
    return {};
  };
  const daemon = await smallDaemon({ agents: { worker }, clock });
  daemon.pool.start();
  const id = await daemon.submit(work);
  await daemon.advance(minute / 2);
  clock.jumpWall(-10 * minute);
  await daemon.advance(3 * minute);
  const record = await daemon.store.get(id);
  expect(record?.state.status).toBe('completed');
  const events = await daemon.store.events({ workflowId: id, limit: 100 });
  const spans = record === undefined ? [] : traceOf(record, events);
  expect(spans.length).toBeGreaterThan(5);
  for (const { endedAt, startedAt } of spans) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  const [root] = spans;
  // Whatever is below it lies within it.
  for (const { startedAt } of spans) expect(startedAt).toBeGreaterThanOrEqual(root?.startedAt ?? 0);
});

test('work that is to start later waits for its instant, and for a slot from then on', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const daemon = await smallDaemon({ agents: { worker: () => Promise.resolve({}) }, clock });
  const at = clock.now();
  const [submitted] = await daemon.store.submit([
    { definition: work, input: {}, priority: 5, runAt: at + 10 * minute },
  ]);
  const id = submitted?.id ?? '';
  await daemon.advance(12 * minute);
  daemon.pool.start();
  await daemon.advance(minute);
  const record = await daemon.store.get(id);
  const events = await daemon.store.events({ workflowId: id, limit: 100 });
  const waits = (record === undefined ? [] : traceOf(record, events)).filter(({ name }) =>
    name.startsWith('wait'),
  );
  const [forInstant, forSlot] = waits.map(({ attributes, endedAt, startedAt }) => [
    attributes['chimera.wait.reason'],
    startedAt - at,
    endedAt - at,
  ]);
  expect(forInstant).toEqual(['run-at', 0, 10 * minute]);
  expect(forSlot).toEqual(['slot', 10 * minute, 12 * minute]);
  expect(new Set(waits.map(({ spanId }) => spanId)).size).toBe(waits.length);
});
