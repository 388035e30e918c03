import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { Config } from '../config/schema.ts';
import type { DaemonTelemetry } from '../telemetry/daemon-telemetry.ts';
import { successRateOf, utilizationOf } from '../telemetry/pool-metrics-view.ts';
import type { DiskProbe } from './disk-probe.ts';
import { type HealthReading, slowdownOf, worstPhaseOf } from './health-reading.ts';

export interface HealthSources {
  readonly agents: Pick<AgentRegistry, 'refusing'>;
  readonly config: Config;
  readonly degradation: Pick<GracefulDegradation, 'mode'> | undefined;
  readonly disk: Pick<DiskProbe, 'reason'>;
  /** Reads the store; why it does not answer, or null. */
  readonly storeError: () => Promise<string | null>;
  readonly telemetry: Pick<DaemonTelemetry, 'history' | 'latest' | 'pool'>;
}

/** Returns the function that reads all that the health is told from. */
export function healthReader({
  agents,
  config,
  degradation,
  disk,
  storeError,
  telemetry,
}: HealthSources): () => Promise<HealthReading> {
  return async () => {
    const [storeProblem, diskProblem] = await Promise.all([storeError(), disk.reason()]);
    const { finished, phases } = telemetry.history;
    return {
      utilization: utilizationOf(telemetry.pool),
      queueDepth: telemetry.latest?.workflows.queued ?? 0,
      successRate: successRateOf(finished),
      ended: finished.filter(({ status }) => status !== 'cancelled').length,
      slowdown: slowdownOf(finished),
      mode: degradation?.mode ?? 'normal',
      refusing: [...agents.refusing()],
      worstPhase: worstPhaseOf(phases),
      storeError: storeProblem,
      diskError: diskProblem,
      settings: {
        poolMax: config.pool.max,
        autoscaler: config.autoscaler.enabled,
        failureThreshold: config.breaker.failureThreshold,
      },
    };
  };
}
