import type { MetricsRegistry } from '@chimera/telemetry';

/** `lost`: how many lines of the log could not be written, so far. */
export function logMetrics(registry: MetricsRegistry, lost: () => number): void {
  registry.observedCounter({
    name: 'chimera_log_lines_lost_total',
    help: 'Lines of the log that could not be written.',
    read: (tell) => tell(lost()),
  });
}
