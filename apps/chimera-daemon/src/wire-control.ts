import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { AgentRegistry } from './agents/agent-registry.ts';
import { autoscalerOptions } from './config/autoscaler-section.ts';
import type { Config } from './config/schema.ts';
import type { AwakeClock } from './control/awake-clock.ts';
import type { DecisionLog } from './control/decision-log.ts';
import { DegradationLoop } from './control/degradation-loop.ts';
import { readDemand } from './control/demand.ts';
import { machineReader } from './control/machine-reader.ts';
import { ScalingLoop } from './control/scaling-loop.ts';
import type { ExecutorPool } from './executor-pool/executor-pool.ts';
import type { Logger } from './log.ts';

export interface WireControlDeps {
  readonly pool: ExecutorPool;
  readonly store: WorkflowStore;
  readonly agents: Pick<AgentRegistry, 'refusing'>;
  /** Undefined when it is switched off. */
  readonly degradation: GracefulDegradation | undefined;
  readonly decisions: DecisionLog;
  /** Names the processes that are the daemon's own. */
  readonly marker: string;
  readonly clock: Clock;
  readonly awake: AwakeClock;
  readonly log: Logger;
}

export interface ControlLoops {
  readonly scaling: ScalingLoop;
  /** Undefined when it is switched off. */
  readonly degrading: DegradationLoop | undefined;
}

/** What moves the pool's size by itself: demand up and down, a machine that is short down. */
export function wireControl(
  initialSize: number,
  { autoscaler, degradation: machine, pool: bounds }: Config,
  deps: WireControlDeps,
): ControlLoops {
  const { agents, awake, clock, decisions, degradation, log, pool, store } = deps;
  const scaling = new ScalingLoop(initialSize, autoscaler.interval, {
    pool,
    readDemand: async () => {
      // A queue that may not move says nothing about the slots that it needs.
      if (pool.isPaused) return { queued: 0, blocked: 'the pool is paused' };
      return readDemand({ store, refusing: () => agents.refusing() });
    },
    autoscaler: autoscaler.enabled
      ? new PoolAutoscaler(autoscalerOptions(autoscaler, bounds), { clock: awake })
      : undefined,
    degradation,
    decisions,
    clock: awake,
    log,
  });
  if (degradation === undefined) return { scaling, degrading: undefined };
  const watched = { memoryLimitBytes: machine.memoryLimitBytes, marker: deps.marker };
  const degrading = new DegradationLoop(machine.interval, {
    degradation,
    readSignals: machineReader(watched, { clock, log }),
    onObserved: () => scaling.applyLimits(),
    decisions,
    clock: awake,
    log,
  });
  return { scaling, degrading };
}

/** Control loops that were held up for longer have not run: their machine slept, or they were stopped. */
export function longestGapMs({ autoscaler, degradation }: Config): number {
  return Math.max(15_000, 3 * autoscaler.interval, 3 * degradation.interval);
}
