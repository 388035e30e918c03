import { describe, expect, it } from 'vitest';
import { poolMetricsView } from '../src/telemetry/pool-metrics-view.ts';
import { quantilesOf } from '../src/telemetry/statistics.ts';
import { trendOf } from '../src/telemetry/trend.ts';
import type { FinishedWorkflow } from '../src/telemetry/workflow-history.ts';

const minute = 60_000;
const now = 100 * minute;

function finished(
  status: FinishedWorkflow['status'],
  changes: Partial<FinishedWorkflow> = {},
): FinishedWorkflow {
  return { definition: 'work', status, durationMs: 10, retries: 0, finishedAt: now, ...changes };
}

function viewOf(workflows: readonly FinishedWorkflow[]) {
  return poolMetricsView({
    pool: { size: 4, target: 2, active: 3, peak: 4 },
    sample: {
      at: now,
      workflows: { queued: 7, running: 3, waiting: 1, completed: 0, dead: 0, cancelled: 0 },
      oldestQueuedAt: now - 1_500,
      held: 0,
      openDeadLetters: 0,
      oldestDeadLetterAt: undefined,
    },
    depths: [],
    finished: workflows,
    phases: [],
    slotWaitsMs: [1, 2, 3],
  });
}

function ended(minutesAgo: number): FinishedWorkflow {
  return finished('completed', { finishedAt: now - minutesAgo * minute });
}

describe('the metrics of the pool', () => {
  it('have the success rate of retrying from those alone that retried', () => {
    const { retries, workflows } = viewOf([
      finished('completed'),
      finished('completed'),
      finished('completed', { retries: 2 }),
      finished('dead', { retries: 3 }),
      finished('cancelled', { retries: 1 }),
    ]);
    expect(retries).toEqual({ workflows: 2, completed: 1, successRate: 0.5 });
    expect(workflows).toMatchObject({ successRate: 0.75, cancelled: 1 });
  });

  it('tell nothing of nothing', () => {
    const { retries, workflows } = viewOf([]);
    expect(retries.successRate).toBeNull();
    expect(workflows).toMatchObject({ successRate: null, durationMs: null, perMinute: null });
  });

  it('show more than all slots in use while a smaller pool takes effect', () => {
    expect(viewOf([]).pool).toMatchObject({ utilization: 1.5, available: 0, peak: 4 });
  });

  it('see throughput rise and fall over five minutes', () => {
    expect(viewOf([ended(11), ended(6), ended(2), ended(1)]).workflows.throughputTrend).toBe(
      'rising',
    );
    expect(viewOf([ended(11), ended(7), ended(6), ended(1)]).workflows.throughputTrend).toBe(
      'falling',
    );
    expect(viewOf([ended(2), ended(1)]).workflows.throughputTrend).toBe('unknown');
  });
});

describe('quantiles', () => {
  it('are values that were seen, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(quantilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
    expect(quantilesOf([])).toBeNull();
  });
});

describe('a trend', () => {
  const rule = { atLeast: 4, share: 0.2, least: 1 };
  it.each([
    [[1, 2, 3], 'unknown'],
    [[10, 10, 11, 11], 'steady'],
    [[10, 10, 13, 13], 'rising'],
    [[10, 10, 7, 7], 'falling'],
    [[0, 0, 1, 1], 'steady'],
    [[0, 0, 2, 2], 'rising'],
  ] as const)('of %j is %s', (values, trend) => {
    expect(trendOf(values, rule)).toBe(trend);
  });
});
