import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { Config } from '../config/schema.ts';
import type { DaemonTelemetry } from '../telemetry/daemon-telemetry.ts';
import { successRateOf, utilizationOf } from '../telemetry/pool-metrics-view.ts';
import type { DiskProbe } from './disk-probe.ts';
import { breakerSetting } from './breaker-setting.ts';
import { type HealthReading, slowdownOf, worstPhaseOf } from './health-reading.ts';
import { poolSettings } from './pool-settings.ts';
import { waitedFor } from './waited-for.ts';

export interface HealthSources {
  readonly agents: Pick<AgentRegistry, 'statuses'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly config: Config;
  readonly degradation: Pick<GracefulDegradation, 'mode'> | undefined;
  readonly store: Pick<WorkflowStore, 'list'>;
  readonly disk: Pick<DiskProbe, 'reason'>;
  readonly isPaused: () => boolean;
  /** Why the log cannot be written, or null. */
  readonly logError: () => string | null;
  /** Reads the store; why it does not answer, or null. */
  readonly storeError: () => Promise<string | null>;
  readonly telemetry: Pick<DaemonTelemetry, 'history' | 'latest' | 'pool'>;
}

/** What ended before is no illness of today: where little is to do, the window reaches back for weeks. */
const windowMs = 24 * 60 * 60_000;
const refusals: ReadonlySet<string> = new Set(['open', 'half-open', 'forced-open']);
const noAgents: Promise<ReadonlySet<string>> = Promise.resolve(new Set());

/** Returns the function that reads all that the health is told from. */
export function healthReader({
  agents,
  clock,
  config,
  degradation,
  disk,
  isPaused,
  logError,
  store,
  storeError,
  telemetry,
}: HealthSources): () => Promise<HealthReading> {
  return async () => {
    const [storeProblem, diskProblem] = await Promise.all([storeError(), disk.reason()]);
    const { finished, phases } = telemetry.history;
    const { completed: keptMs = Infinity } = config.retention;
    // Of completed ones that were forgotten, a restart finds none, but all the dead.
    const since = clock.now() - Math.min(windowMs, keptMs);
    const lately = finished.filter(({ finishedAt }) => finishedAt >= since);
    const statuses = agents.statuses();
    const shut = statuses.filter(({ breaker }) => refusals.has(breaker));
    const hasWaiting = storeProblem === null && (telemetry.latest?.workflows.waiting ?? 0) > 0;
    // A store that fails just now is told by the next look.
    const waited = await (hasWaiting ? waitedFor(namesOf(shut), store) : noAgents).catch(
      () => noAgents,
    );
    // Half-open, a breaker stays so until somebody asks: of an agent without work that is no illness.
    const refusing = namesOf(
      shut.filter(({ breaker, name }) => breaker !== 'half-open' || waited.has(name)),
    );
    const canStart = telemetry.latest?.oldestQueuedAt !== undefined;
    const worstPhase = worstPhaseOf(phases);
    return {
      utilization: utilizationOf(telemetry.pool),
      queueDepth: canStart ? (telemetry.latest?.workflows.queued ?? 0) : 0,
      successRate: successRateOf(lately),
      ended: lately.filter(({ status }) => status !== 'cancelled').length,
      slowdown: slowdownOf(finished, since),
      mode: degradation?.mode ?? 'normal',
      slots: {
        wanted: telemetry.pool.size,
        left: telemetry.pool.target,
        used: telemetry.pool.active,
        peak: telemetry.pool.peak,
      },
      refusing: refusing.map((name) => ({
        name,
        openFor: breakerSetting(config, name, 'openFor'),
        isWaitedFor: waited.has(name),
      })),
      limited: statuses.flatMap(({ name, rateLimitedUntil }) =>
        rateLimitedUntil === null || refusing.includes(name) ? [] : [name],
      ),
      worstPhase,
      storeError: storeProblem,
      diskError: diskProblem,
      logError: logError(),
      isPaused: isPaused(),
      settings: {
        ...poolSettings(config),
        failureThreshold: breakerSetting(config, worstPhase?.agent, 'failureThreshold'),
      },
    };
  };
}

function namesOf(agents: readonly { readonly name: string }[]): readonly string[] {
  return agents.map(({ name }) => name);
}
