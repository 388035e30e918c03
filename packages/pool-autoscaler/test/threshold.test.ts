import { describe, expect, test } from 'vitest';
import { decide, initialState, PoolAutoscaler, scalingPolicy } from '@chimera/pool-autoscaler';

const policy = scalingPolicy({});

describe('the default table', () => {
  test.each([
    { size: 5, running: 4, queued: 0, action: 'up', to: 7, why: '80 % is enough to grow, by 2' },
    { size: 5, running: 3, queued: 0, action: 'hold', to: 5, why: '60 % is between' },
    { size: 9, running: 9, queued: 0, action: 'up', to: 10, why: 'never over 10' },
    { size: 10, running: 10, queued: 9, action: 'hold', to: 10, why: 'at the limit' },
    { size: 10, running: 3, queued: 0, action: 'down', to: 9, why: '30 % is little enough, by 1' },
    { size: 3, running: 0, queued: 0, action: 'hold', to: 3, why: 'never under 3' },
    {
      size: 5,
      running: 5,
      queued: 0,
      action: 'up',
      to: 7,
      why: 'busy with an empty queue is busy',
    },
    { size: 10, running: 0, queued: 2, action: 'hold', to: 10, why: 'work is queued' },
    { size: 5, running: 1, queued: 3, action: 'up', to: 7, why: 'queued work counts' },
    { size: 2, running: 0, queued: 0, action: 'up', to: 3, why: 'under the minimum' },
    { size: 14, running: 12, queued: 0, action: 'down', to: 12, why: 'not under running work' },
    { size: 12, running: 12, queued: 0, action: 'hold', to: 12, why: 'over the limit, all busy' },
    { size: 5, running: NaN, queued: 9, action: 'hold', to: 5, why: 'unknown running' },
    { size: 5, running: 0, queued: undefined, action: 'hold', to: 5, why: 'unknown queue' },
  ])('$running running and $queued queued on $size: $action to $to ($why)', (row) => {
    const { size, running, queued } = row;
    const { decision } = decide({ size, running, queued, at: 0 }, initialState, policy);
    expect(decision).toMatchObject({ action: row.action, from: size, to: row.to });
  });
});

test('a shrink does not delay the growth that follows it', () => {
  const first = decide({ size: 10, running: 0, queued: 0, at: 0 }, initialState, policy);
  expect(first.decision.action).toBe('down');
  const second = decide({ size: 9, running: 9, queued: 5, at: 1_000 }, first.state, policy);
  expect(second.decision).toMatchObject({ action: 'up', to: 10 });
});

test('after a growth the pool is not cut for 60 s', () => {
  const grown = decide({ size: 5, running: 5, queued: 0, at: 0 }, initialState, policy);
  const early = decide({ size: 7, running: 0, queued: 0, at: 59_999 }, grown.state, policy);
  expect(early.decision).toMatchObject({ action: 'hold', cause: 'cooldown' });
  const due = decide({ size: 7, running: 0, queued: 0, at: 60_000 }, early.state, policy);
  expect(due.decision).toMatchObject({ action: 'down', to: 6 });
});

test('says why in words and numbers', () => {
  const { decision } = decide({ size: 5, running: 4, queued: 3, at: 0 }, initialState, policy);
  expect(decision.reason).toBe('4 running and 3 queued on 5 slots (140 %), at or over 80 %');
});

test.each([
  [
    { upAt: 0.7, downAt: 0.4, upBy: 1, downBy: 3, min: 1 },
    /downAt must be low enough for upAt 0.7 \(3 slots with work for 1 would become 1, and grow again\), got 0.4/,
  ],
  [
    { upAt: 0.6, downAt: 0.4, upBy: 3, min: 1 },
    /upBy must be small enough for downAt 0.4 \(1 slots with work for 1 would become 4, and be cut again\), got 3/,
  ],
  [{ upAt: 0.5, downAt: 0.6 }, /pool-autoscaler: downAt must be less than upAt \(0.5\), got 0.6/],
  [{ min: 5, max: 4 }, /pool-autoscaler: min must be an integer from 1 to 4, got 5/],
  [{ max: 0 }, /pool-autoscaler: max must be an integer from 1/],
  [{ rules: [] }, /pool-autoscaler: rules must be at least one rule/],
  [{ logSize: 0 }, /logSize must be an integer >= 1/],
])('refuses %j', (options, message) => {
  expect(() => new PoolAutoscaler(options)).toThrow(RangeError);
  expect(() => new PoolAutoscaler(options)).toThrow(message);
});

test.each([
  { min: 1, max: 10 },
  { min: 2, max: 2 },
  { min: 1, max: 1 },
  { min: 50, max: 1_000 },
])('its own thresholds suit a pool of $min to $max', (bounds) => {
  expect(new PoolAutoscaler(bounds).policy).toMatchObject(bounds);
});
