import { VirtualClock } from '@chimera/policy';
import { MetricsRegistry } from '@chimera/telemetry';
import { expect, test } from 'vitest';
import { scheduleMetrics } from '../src/telemetry/schedule-metrics.ts';

test('counts starts by what set them off, and what was not started; what has not happened is zero', async () => {
  const registry = new MetricsRegistry({}, { clock: new VirtualClock() });
  const { expect: configured, note } = scheduleMetrics(registry);
  configured(['nightly', 'hourly']);
  const schedule = 'hourly';
  note({ type: 'started', schedule, trigger: 'clock', lateMs: 250 });
  note({ type: 'started', schedule, trigger: 'catch-up', lateMs: 7_200_000 });
  note({ type: 'started', schedule, trigger: 'manual', lateMs: 0 });
  note({ type: 'skipped', schedule, count: 3 });
  note({ type: 'missed', schedule });
  note({ type: 'failed', schedule });
  let text = '';
  for await (const chunk of registry.expose({ format: 'prometheus' })) text += chunk;
  const lines = text.split('\n');
  for (const line of [
    'chimera_schedule_runs_total{schedule="nightly",trigger="clock"} 0',
    'chimera_schedule_runs_total{schedule="hourly",trigger="clock"} 1',
    'chimera_schedule_runs_total{schedule="hourly",trigger="catch-up"} 1',
    'chimera_schedule_runs_total{schedule="hourly",trigger="manual"} 1',
    'chimera_schedule_skipped_total{schedule="hourly"} 3',
    'chimera_schedule_missed_total{schedule="hourly"} 1',
    'chimera_schedule_missed_total{schedule="nightly"} 0',
    'chimera_schedule_failures_total{schedule="hourly"} 1',
    'chimera_schedule_lateness_seconds_count{schedule="hourly"} 2',
    'chimera_schedule_lateness_seconds_sum{schedule="hourly"} 7200.25',
  ])
    expect(lines).toContain(line);
});
