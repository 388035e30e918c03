import type { Claim } from '@chimera/workflow-store';
import { chooser } from './chooser.ts';
import { ExecutorPool, type ExecutorPoolDeps, type ExecutorPoolOptions } from './executor-pool.ts';
import { PhaseRunner, type PhaseRunnerDeps } from './phase-runner.ts';

export interface ScheduledPoolDeps extends PhaseRunnerDeps, Pick<ExecutorPoolDeps, 'minPriority'> {
  /** What surrounds each run of a phase. Default: nothing. */
  readonly around?: (claim: Claim, run: () => Promise<void>) => Promise<void>;
}

/** The pool as the daemon runs it: the scheduler says who is next, and the phase runner does the work. */
export function scheduledPool(options: ExecutorPoolOptions, deps: ScheduledPoolDeps): ExecutorPool {
  const { around = (_claim, run) => run(), clock, log, minPriority, onOthers, store } = deps;
  const runner = new PhaseRunner(deps);
  const pool: ExecutorPool = new ExecutorPool(options, {
    store,
    clock,
    log,
    minPriority,
    onOthers,
    choose: chooser({ clock, utilisation: () => pool.running / Math.max(1, pool.target) }),
    runPhase: (claim, ...run) => around(claim, () => runner.run(claim, ...run)),
  });
  return pool;
}
