import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import type { ExecutorPool } from './executor-pool.ts';

export interface PauseKeeperDeps {
  readonly store: Pick<WorkflowStore, 'keepStates' | 'keptStates'>;
  readonly pool: Pick<ExecutorPool, 'pause' | 'resume'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const kind = 'executor-pool';
const name = 'pause';

const stored = z.object({ at: z.number(), reason: z.string().nullable() }).nullable();

export type Pause = NonNullable<z.output<typeof stored>>;

/** An operator's pause of the pool: it lasts until it is ended, over restarts and crashes. */
export class PauseKeeper {
  readonly #deps: PauseKeeperDeps;
  #current: Pause | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: PauseKeeperDeps) {
    this.#deps = deps;
  }

  get current(): Pause | null {
    return this.#current;
  }

  /** To be called before the pool starts. */
  async restore(): Promise<void> {
    const { log, pool, store } = this.#deps;
    const kept = (await store.keptStates(kind)).find((state) => state.name === name);
    if (kept === undefined) return;
    const parsed = stored.safeParse(kept.state);
    if (!parsed.success) {
      // Who paused it had a reason: starting work is the answer that cannot be taken back.
      this.#current = { at: this.#deps.clock.now(), reason: 'what was kept cannot be read' };
    } else {
      this.#current = parsed.data;
    }
    if (this.#current === null) return;
    log.warn(
      { component: 'executor-pool', ...this.#current },
      'the pool is still paused: nothing is started; go on with: chimera resume',
    );
    await pool.pause();
  }

  /** Resolves when nothing starts any more, and a restart would not change that. */
  async pause(reason: string | null): Promise<void> {
    const { clock, log, pool } = this.#deps;
    this.#current = { at: this.#current?.at ?? clock.now(), reason };
    log.warn({ component: 'executor-pool', reason }, 'the pool is paused: nothing is started');
    await pool.pause();
    await this.#inTurn(() => this.#keep(this.#current));
  }

  async resume(): Promise<void> {
    const paused = this.#current;
    if (paused === null) return;
    await this.#inTurn(() => this.#end(paused));
  }

  /** Not when somebody has ended it, or paused anew, meanwhile: the last word counts. */
  async #end(paused: Pause): Promise<void> {
    if (this.#current !== paused) return;
    const { clock, log, pool } = this.#deps;
    // First: while it cannot be kept that it is over, it is not, and can be ended again.
    await this.#keep(null);
    if (this.#current !== paused) return;
    this.#current = null;
    log.info({ component: 'executor-pool', pausedMs: clock.now() - paused.at }, 'the pool goes on');
    pool.resume();
  }

  /** What is kept last is what was said last. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #keep(state: Pause | null): Promise<void> {
    await this.#deps.store.keepStates([{ kind, name, state }]);
  }
}
