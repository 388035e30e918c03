import type { DeadLetterQueue } from '@chimera/dead-letter-queue';
import type { Clock } from '@chimera/policy';
import type {
  ChimeraDatabase,
  EndedPage,
  EndedQuery,
  WorkflowStore,
} from '@chimera/workflow-store';
import type { RetentionConfig } from '../config/retention-section.ts';
import { AwakeClock } from '../control/awake-clock.ts';
import { ControlLoop } from '../control/control-loop.ts';
import type { Logger } from '../log.ts';

export type Ended = EndedPage['items'][number];

export interface RetentionDeps {
  readonly store: Pick<WorkflowStore, 'depth' | 'ended' | 'forget' | 'freePages'>;
  readonly deadLetters: Pick<DeadLetterQueue<ChimeraDatabase>, 'list' | 'purge'>;
  /** Removes the worktree of a workflow that is to be forgotten, if there is one; its branch is the work, and stays. */
  readonly discard: (workflow: Ended) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Between batches, in ms: others go first, and all the more so while work waits. */
const pauseMs = { idle: 20, busy: 250 };
/** Pages of the file given back in one transaction: 1 MiB. */
const pagesPerBatch = 256;

/**
 * Deletes what ended long ago, in small batches: workflows with their events, inputs and idempotency
 * keys, what is left of their worktrees, and dead letters that are closed. What lives is not touched:
 * the store judges each workflow anew in the transaction that deletes it.
 */
export class Retention {
  readonly #config: RetentionConfig;
  readonly #deps: RetentionDeps;
  readonly #loop: ControlLoop;
  #sweep: Promise<void> = Promise.resolve();

  constructor(config: RetentionConfig, deps: RetentionDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#loop = new ControlLoop(config.interval, {
      clock: new AwakeClock(deps.clock, Infinity),
      turn: () => (this.#sweep = this.#sweepAll()),
      onError: (error) =>
        deps.log.error({ err: error, component: 'retention' }, 'a sweep failed; the next goes on'),
    });
  }

  /** The first sweep is at once. */
  start(): void {
    this.#loop.start();
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#loop.stop();
    await this.#sweep.catch(() => undefined);
  }

  async #sweepAll(): Promise<void> {
    const { clock, log } = this.#deps;
    const since = clock.monotonic();
    const { cancelled, completed, dead } = this.#config;
    const counts = {
      completed: await this.#forget('completed', completed),
      cancelled: await this.#forget('cancelled', cancelled),
      deadLetters: await this.#purgeDeadLetters(dead),
      dead: await this.#forget('dead', dead),
      pages: await this.#freePages(),
    };
    if (Object.values(counts).every((count) => count === 0)) return;
    const ms = Math.round(clock.monotonic() - since);
    log.info(
      { component: 'retention', ...counts, ms },
      `forgot ${counts.completed} completed, ${counts.cancelled} cancelled and ${counts.dead} dead workflows and ${counts.deadLetters} dead letters; ${counts.pages} pages went back to the disk`,
    );
  }

  async #forget(status: EndedQuery['status'], olderThanMs: number | undefined): Promise<number> {
    if (olderThanMs === undefined) return 0;
    const { discard, store } = this.#deps;
    const query = { status, olderThanMs, limit: this.#config.batch };
    let forgotten = 0;
    for (let cursor: string | undefined; !this.#loop.isStopped;) {
      const page = await store.ended({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      const gone = status === 'dead' ? await this.#withoutDeadLetter(page.items) : page.items;
      for (const workflow of gone) await discard(workflow);
      if (gone.length > 0)
        forgotten += await store.forget({ ids: gone.map(({ id }) => id), olderThanMs });
      cursor = page.nextCursor;
      if (cursor === undefined) break;
      await this.#pause();
    }
    return forgotten;
  }

  /** A dead workflow stays as long as any of its dead letters. */
  async #withoutDeadLetter(dead: readonly Ended[]): Promise<readonly Ended[]> {
    const { deadLetters } = this.#deps;
    const gone: Ended[] = [];
    for (const workflow of dead) {
      const { items, unreadable } = await deadLetters.list({ taskId: workflow.id, limit: 1 });
      if (items.length + unreadable.length === 0) gone.push(workflow);
    }
    return gone;
  }

  async #purgeDeadLetters(olderThanMs: number | undefined): Promise<number> {
    if (olderThanMs === undefined || this.#loop.isStopped) return 0;
    return this.#deps.deadLetters.purge({
      olderThan: olderThanMs,
      batchSize: this.#config.batch,
    });
  }

  async #freePages(): Promise<number> {
    let freed = 0;
    while (!this.#loop.isStopped) {
      const now = await this.#deps.store.freePages(pagesPerBatch);
      freed += now;
      if (now < pagesPerBatch) break;
      await this.#pause();
    }
    return freed;
  }

  async #pause(): Promise<void> {
    const { clock, store } = this.#deps;
    const { queued } = await store.depth();
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, queued > 0 ? pauseMs.busy : pauseMs.idle);
    });
  }
}
