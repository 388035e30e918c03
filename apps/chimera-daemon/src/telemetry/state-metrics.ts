import type { Trend } from '@chimera/client';
import type { Mode } from '@chimera/graceful-degradation';
import type { MetricsRegistry } from '@chimera/telemetry';
import { type PoolReading, utilizationOf } from './pool-metrics-view.ts';
import type { StateSample } from './state-sampler.ts';

export interface StateReading {
  readonly isPaused: () => boolean;
  readonly latest: () => StateSample | undefined;
  readonly mode: () => Mode;
  readonly pool: () => PoolReading;
  readonly trend: () => Trend;
}

/** Nothing is told while it is unknown. */
const directions: Readonly<Partial<Record<Trend, number>>> = { falling: -1, steady: 0, rising: 1 };
const levels: Readonly<Record<Mode, number>> = { normal: 0, degraded: 1, survival: 2 };

/** What stands somewhere and is read at each scrape. */
export function stateMetrics(
  registry: MetricsRegistry,
  { isPaused, latest, mode, pool, trend }: StateReading,
): void {
  const gauge = (name: string, help: string, value: () => number | undefined, unit?: string) =>
    registry.observedGauge({
      name,
      help,
      ...(unit === undefined ? {} : { unit }),
      read: (tell) => {
        const read = value();
        if (read !== undefined) tell(read);
      },
    });
  const age = (at: (sample: StateSample) => number | undefined) => () => {
    const sample = latest();
    if (sample === undefined) return undefined;
    // Nothing is there: nothing is old.
    return Math.max(0, sample.at - (at(sample) ?? sample.at)) / 1_000;
  };

  gauge('chimera_pool_size', 'Slots of the baseline.', () => pool().size);
  gauge(
    'chimera_pool_target_size',
    'Slots wanted: of the baseline, what degradation leaves.',
    () => pool().target,
  );
  gauge('chimera_pool_active', 'Slots in use.', () => pool().active);
  gauge('chimera_pool_active_peak', 'Most slots in use since the start.', () => pool().peak);
  gauge('chimera_pool_paused', '1 while a pause lasts: nothing is started.', () =>
    isPaused() ? 1 : 0,
  );
  gauge(
    'chimera_pool_utilization_ratio',
    'Slots in use of those wanted; above 1 while a smaller pool takes effect.',
    () => utilizationOf(pool()),
    'ratio',
  );
  gauge('chimera_degradation_level', '0 is normal, 1 degraded, 2 survival.', () => levels[mode()]);

  registry.observedGauge({
    name: 'chimera_workflows',
    help: 'Workflows that the store holds, by status.',
    labels: ['status'],
    read: (tell) => {
      for (const [status, count] of Object.entries(latest()?.workflows ?? {})) {
        tell(count, { status });
      }
    },
  });
  gauge('chimera_queue_depth', 'Workflows that are queued.', () => latest()?.workflows.queued);
  gauge(
    'chimera_queue_trend',
    'Where the depth of the queue went in the last minutes: 1 up, 0 nowhere, -1 down.',
    () => directions[trend()],
  );
  gauge(
    'chimera_queue_oldest_age_seconds',
    'For how long the oldest of the queue could have been claimed.',
    age(({ oldestQueuedAt }) => oldestQueuedAt),
    'seconds',
  );
  gauge(
    'chimera_queue_held',
    'Workflows of the queue that a limit of the settings keeps from starting.',
    () => latest()?.held,
  );
  gauge(
    'chimera_dead_letter_queue_open',
    'Dead letters that nobody has dealt with; counted each 5 s.',
    () => latest()?.openDeadLetters,
  );
  gauge(
    'chimera_dead_letter_queue_oldest_age_seconds',
    'Age of the oldest open dead letter.',
    age(({ oldestDeadLetterAt }) => oldestDeadLetterAt),
    'seconds',
  );
}
