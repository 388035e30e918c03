import type { Clock, Timer } from '@chimera/policy';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';

export interface DeadlineKeeperDeps {
  readonly store: Pick<WorkflowStore, 'apply' | 'overdue'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Its phase may run here: it is to be ended. */
  readonly endPhase: (workflowId: string) => void;
  /** Parent and children that moved along. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

const everyMs = 1_000;
const batch = 256;

/** Once a second: ends workflows whose time is over, whether they run or wait. */
export class DeadlineKeeper {
  readonly #deps: DeadlineKeeperDeps;
  #timer: Timer | undefined;
  #isStopped = true;

  constructor(deps: DeadlineKeeperDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimer(() => void this.#look(), everyMs);
  }

  async #look(): Promise<void> {
    const { clock, log, store } = this.#deps;
    try {
      const overdue = await store.overdue({ now: clock.now(), limit: batch });
      // Together, so that they share a commit.
      await Promise.all(overdue.map((id) => this.#end(id)));
    } catch (error) {
      log.error({ err: error, component: 'deadlines' }, 'workflows past their time were not ended');
    } finally {
      this.#schedule();
    }
  }

  async #end(workflowId: string): Promise<void> {
    const { clock, endPhase, log, onOthers, store } = this.#deps;
    const applied = await store.apply({
      workflowId,
      event: { type: 'timed-out', at: clock.now() },
    });
    const command = applied?.commands[0]?.type;
    if (command === undefined || command === 'ignore') return;
    log.warn(
      { component: 'deadlines', task_id: workflowId, workflow_phase: applied?.record.state.phase },
      'the time of the whole workflow is over',
    );
    if (command === 'stop-phase') endPhase(workflowId);
    if (applied !== undefined && applied.others.length > 0) await onOthers(applied.others);
  }
}
