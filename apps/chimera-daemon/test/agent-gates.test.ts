import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import { AgentGates } from '../src/agents/agent-gates.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const single = workflowOf([{ name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' }]);
const other = workflowOf([{ name: 'code', stage: 'planning', agent: 'coder', timeout: '10s' }]);

describe('a gate', () => {
  test('opens at its time, and the longest pause counts', async () => {
    const clock = new VirtualClock(5_000);
    const closings: number[] = [];
    const gates = new AgentGates({ clock, onClosed: (_agent, { until }) => closings.push(until) });
    expect(gates.closed('planner')).toBeUndefined();
    gates.close('planner', 3_000, 'first');
    gates.close('planner', 2_000, 'shorter');
    await clock.advance(1_000);
    gates.close('planner', 4_000, 'longer');
    expect(gates.closed('planner')).toEqual({ until: 10_000, because: 'longer' });
    expect(gates.names).toEqual(['planner']);
    expect(closings).toEqual([8_000, 10_000]);
    await clock.advance(3_999);
    expect(gates.names).toEqual(['planner']);
    await clock.advance(1);
    expect(gates.names).toEqual([]);
  });

  test.for([
    [0, 1_000],
    [Infinity, 86_400_000],
  ])('of %i ms is one of %i ms', ([asked, given]) => {
    const gates = new AgentGates({ clock: new VirtualClock(0) });
    expect(gates.close('planner', asked ?? 0, 'why').until).toBe(given);
  });
});

test('a rate limit parks all work of that agent until its time, and costs neither attempt nor breaker', async () => {
  let calls = 0;
  const daemon = await smallDaemon({
    size: 1,
    agents: {
      planner: () => {
        calls += 1;
        if (calls > 1) return null;
        throw Object.assign(new Error('429'), { code: 'RATE_LIMITED', retryAfterMs: 60_000 });
      },
      coder: () => null,
    },
  });
  daemon.pool.start();
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push(await daemon.submit(single));
  const free = await daemon.submit(other);
  await daemon.advance(59_000);
  expect(calls).toBe(1);
  expect((await daemon.state(free)).status).toBe('completed');
  for (const id of ids)
    expect(await daemon.state(id)).toMatchObject({
      status: 'waiting',
      attempts: 0,
      retries: 0,
      reason: { kind: 'gate', gate: 'rate limit of planner (RATE_LIMITED: 429)' },
    });
  expect(daemon.breakers.get('planner')?.status).toBe('closed');
  await daemon.advance(2_000);
  expect(calls).toBe(21);
  for (const id of ids)
    expect(await daemon.state(id)).toMatchObject({ status: 'completed', retries: 0 });
});

test('an agent that is limited again and again never opens its breaker', async () => {
  const daemon = await smallDaemon({
    agents: {
      planner: () => ({
        outcome: 'failed',
        error: { code: 'RATE_LIMITED', message: 'later', retryable: false },
        retryAfterMs: 10_000,
      }),
    },
  });
  daemon.pool.start();
  const id = await daemon.submit(single);
  await daemon.advance(300_000);
  expect(daemon.breakers.get('planner')?.status).toBe('closed');
  expect(await daemon.state(id)).toMatchObject({ status: 'waiting', attempts: 0, retries: 0 });
});
