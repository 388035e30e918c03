import type { DaemonStatus, PoolState } from '@chimera/client';
import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import type { AgentRegistry } from './agents/agent-registry.ts';
import type { AwakeClock } from './control/awake-clock.ts';
import type { ScalingLoop } from './control/scaling-loop.ts';
import type { ExecutorPool } from './executor-pool/executor-pool.ts';
import { version } from './version.ts';

/** The parts of the status that the store does not know. */
export type DaemonDescription = Omit<
  DaemonStatus,
  'workflows' | 'limits' | 'deadLetters' | keyof PoolState
>;

export interface DescribeDaemonDeps {
  /** As the settings name this machine. */
  readonly node: string;
  /** This run of the daemon. */
  readonly instance: string;
  readonly uptimeMs: () => number;
  readonly pool: Pick<ExecutorPool, 'running' | 'target'>;
  readonly scaling: Pick<ScalingLoop, 'baseline' | 'lastDecision'>;
  readonly isScaling: boolean;
  /** Undefined when it is switched off. */
  readonly degradation: GracefulDegradation | undefined;
  readonly agents: Pick<AgentRegistry, 'statuses'>;
  readonly clock: Clock;
  readonly awake: AwakeClock;
}

/** What the daemon says of itself now. */
export function describeDaemon(deps: DescribeDaemonDeps): DaemonDescription {
  const { agents, instance, isScaling, node, pool, scaling, uptimeMs } = deps;
  return {
    version,
    node,
    instance,
    pid: process.pid,
    uptimeMs: uptimeMs(),
    pool: { size: scaling.baseline, target: pool.target, running: pool.running },
    autoscaler: { enabled: isScaling, lastDecision: scaling.lastDecision ?? null },
    degradation: degradationOf(deps),
    agents: agents.statuses(),
  };
}

function degradationOf({
  awake,
  clock,
  degradation,
  scaling,
}: DescribeDaemonDeps): DaemonDescription['degradation'] {
  const { enteredAt = 0, reason = null, smoothed } = degradation?.state ?? {};
  const mode = degradation?.mode ?? 'normal';
  return {
    enabled: degradation !== undefined,
    mode,
    reason: mode === 'normal' ? null : reason,
    since: Math.round(clock.now() - (awake.monotonic() - enteredAt)),
    priorityFloor: degradation?.limits(scaling.baseline).priorityFloor ?? 0,
    memory: smoothed?.memory ?? null,
    cpu: smoothed?.cpu ?? null,
  };
}
