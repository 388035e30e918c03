import type { MetricsRegistry } from '@chimera/telemetry';
import type { StoreCommit } from '@chimera/workflow-store';

/** OpenTelemetry's advice for `db.client.operation.duration`. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** How long commits take, and how many writes share one. */
export function databaseMetrics(registry: MetricsRegistry): (commit: StoreCommit) => void {
  const duration = registry.histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Transactions of grouped writes, from begin to commit.',
    unit: 'seconds',
    labels: ['db_system_name', 'db_operation_name'],
    buckets,
  });
  const size = registry.histogram({
    name: 'chimera_database_commit_operations',
    help: 'Writes that shared one commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
  });
  const sqlite = { db_system_name: 'sqlite', db_operation_name: 'COMMIT' };
  const durations = duration.bind(sqlite);
  const sizes = size.bind();
  return ({ durationMs, operations }) => {
    durations.observe(durationMs / 1_000);
    sizes.observe(operations);
  };
}
