import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Clock } from '@chimera/policy';
import type { ExecutorPool, StopReport } from './executor-pool/executor-pool.ts';
import type { Logger } from './log.ts';

export interface ShutdownDeps {
  readonly pool: Pick<ExecutorPool, 'stop'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** At once: what must not decide anything any more. */
  readonly onBegin: () => Promise<void>;
  /** When nothing runs any more. */
  readonly close: () => Promise<void>;
}

/** Longest wait for those who asked over HTTP to have their answer. */
const answerWithinMs = 2_000;

/**
 * Ends the daemon once, however often and by whom it is asked to. Running phases have time to
 * finish; whoever asks again can only shorten it.
 */
export class Shutdown {
  readonly #deps: ShutdownDeps;
  readonly #finished = Promise.withResolvers<StopReport>();
  readonly #answers: Promise<unknown>[] = [];
  #kind: 'draining' | 'stopping' | undefined;

  constructor(deps: ShutdownDeps) {
    this.#deps = deps;
    // Nobody has to listen.
    this.#finished.promise.catch(() => {});
  }

  /** Undefined while the daemon is to go on. */
  get kind(): 'draining' | 'stopping' | undefined {
    return this.#kind;
  }

  /** Resolves when everything is closed. */
  get finished(): Promise<StopReport> {
    return this.#finished.promise;
  }

  /** Resolves when nothing runs any more: the daemon closes then. */
  begin(kind: 'draining' | 'stopping', graceMs: number): Promise<StopReport> {
    const isFirst = this.#kind === undefined;
    if (this.#kind !== 'stopping') this.#kind = kind;
    this.#deps.log.info({ component: 'daemon', graceMs }, kind);
    const report = this.#deps.pool.stop(graceMs);
    if (isFirst) this.#end(report).then(this.#finished.resolve, this.#finished.reject);
    return report;
  }

  /** The last step of a start. What has begun before it would keep the process alive without it. */
  async ifItFails(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      void this.begin('stopping', 0);
      await this.#finished.promise.catch(() => undefined);
      throw error;
    }
  }

  /** The server is not closed before this answer is written, or its reader is gone. */
  answerFirst(answer: Writable): void {
    this.#answers.push(once(answer, 'close'));
  }

  async #end(ending: Promise<StopReport>): Promise<StopReport> {
    const { close, clock, log, onBegin } = this.#deps;
    await onBegin();
    const report = await ending;
    for (const { workflowId, ...cut } of report.cut) {
      log.warn(
        { component: 'daemon', task_id: workflowId, workflow_phase: cut.phase, ...cut },
        'its phase was cut; it goes back to the queue',
      );
    }
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(resolve, answerWithinMs);
      void Promise.allSettled(this.#answers).then(() => {
        timer.cancel();
        resolve();
      });
    });
    const { cut, finished } = report;
    log.info(
      { component: 'daemon', cut: cut.map(({ workflowId }) => workflowId), finished },
      `stopped; ${cut.length} running phases were cut and go back to the queue`,
    );
    await close();
    return report;
  }
}
