import type { MetricsRegistry } from '@chimera/telemetry';
import type { ScheduleNews } from '../schedules/schedule-news.ts';

export interface ScheduleMetrics {
  /** These are configured: what has not happened to them is counted as zero. */
  readonly expect: (schedules: readonly string[]) => void;
  readonly note: (news: ScheduleNews) => void;
}

/** From a tenth of a second to a day: a schedule is late by its loop, or by a night without a daemon. */
const lateBuckets = [0.1, 1, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

/** Counts what becomes of schedules. */
export function scheduleMetrics(registry: MetricsRegistry): ScheduleMetrics {
  const labels = ['schedule'] as const;
  const runs = registry.counter({
    name: 'chimera_schedule_runs_total',
    help: 'Starts: in time (clock), late (catch-up), after the one before (queue), by hand (manual).',
    labels: [...labels, 'trigger'],
  });
  const skipped = registry.counter({
    name: 'chimera_schedule_skipped_total',
    help: 'Instants that were not started, for what was started before had not ended.',
    labels,
  });
  const missed = registry.counter({
    name: 'chimera_schedule_missed_total',
    help: 'Times that instants passed while the daemon could not start them, and were not caught up.',
    labels,
  });
  const failures = registry.counter({
    name: 'chimera_schedule_failures_total',
    help: 'Starts that the store refused; they are tried again.',
    labels,
  });
  const lateness = registry.histogram({
    name: 'chimera_schedule_lateness_seconds',
    help: 'From its instant to the start, but for those by hand.',
    unit: 'seconds',
    labels,
    buckets: lateBuckets,
  });
  return {
    expect: (schedules) => {
      for (const schedule of schedules) {
        runs.bind({ schedule, trigger: 'clock' });
        for (const metric of [skipped, missed, failures]) metric.bind({ schedule });
        lateness.bind({ schedule });
      }
    },
    note: (news) => {
      const { schedule } = news;
      switch (news.type) {
        case 'started':
          runs.bind({ schedule, trigger: news.trigger }).add();
          if (news.trigger !== 'manual')
            lateness.bind({ schedule }).observe(Math.max(0, news.lateMs) / 1_000);
          return;
        case 'skipped':
          return skipped.bind({ schedule }).add(news.count);
        case 'missed':
          return missed.bind({ schedule }).add();
        case 'failed':
          return failures.bind({ schedule }).add();
      }
    },
  };
}
