import type { DeadLetterGroupView, DeadLetterView, Page, WorkflowSummary } from '@chimera/client';
import {
  DeadLetterNotOpenError,
  type DeadLetterQueue,
  type DeadLetterStatus,
} from '@chimera/dead-letter-queue';
import type { Clock } from '@chimera/policy';
import type { JsonObject } from '@chimera/workflow';
import {
  type ChimeraDatabase,
  StoreError,
  type WorkflowRecord,
  type WorkflowStore,
} from '@chimera/workflow-store';
import { defined } from '../defined.ts';
import type { ExecutorPool } from '../executor-pool/executor-pool.ts';
import type { PauseKeeper } from '../executor-pool/pause-keeper.ts';
import { ApiError } from '../http/api-error.ts';
import { attemptErrors } from '../http/attempt-errors.ts';
import { workflowSummary } from '../http/views.ts';
import { checkRepository } from '../submittable.ts';
import { deadLetterDetail, deadLetterGroupView, deadLetterView } from './dead-letter-views.ts';
import { Redrives } from './redrives.ts';

export interface DeadLetterDeskDeps {
  readonly store: WorkflowStore;
  readonly deadLetters: DeadLetterQueue<ChimeraDatabase>;
  readonly pool: Pick<ExecutorPool, 'wake'>;
  readonly pause: Pick<PauseKeeper, 'current'>;
  readonly clock: Clock;
  /** A workflow will not run again, or not in the worktree that it had. */
  readonly onOver: (record: WorkflowRecord) => Promise<void>;
}

/** What a requeue changes, and who asked for it. */
export interface RequeueWish {
  readonly phase?: string | undefined;
  /** Instead of the one that it died with. */
  readonly input?: JsonObject | undefined;
  readonly by?: string | undefined;
}

/** A person reads them. */
const mostGroups = 100;
/** Each attempt has two; what failed later is shown without its error. */
const mostEventsRead = 5_000;

/** What can be done about work that could not be done. */
export class DeadLetterDesk {
  readonly #deps: DeadLetterDeskDeps;
  readonly redrives: Redrives;

  constructor(deps: DeadLetterDeskDeps) {
    this.#deps = deps;
    const { clock, deadLetters, store } = deps;
    const requeue = (id: string) => this.requeue(id);
    this.redrives = new Redrives({ deadLetters, requeue, store, clock });
  }

  async list({
    workflow: taskId,
    ...filter
  }: {
    status?: DeadLetterStatus | undefined;
    workflow?: string | undefined;
    idPrefix?: string | undefined;
    fingerprint?: string | undefined;
    phase?: string | undefined;
    agent?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<DeadLetterView>> {
    const { items, nextCursor } = await this.#deps.deadLetters.list(defined({ ...filter, taskId }));
    return { items: items.map(deadLetterView), nextCursor: nextCursor ?? null };
  }

  /** With the input and the attempts that led to this death, for as long as its workflow is kept. */
  async get(id: string): Promise<DeadLetterView> {
    const { deadLetters, store } = this.#deps;
    const entry = await deadLetters.get(id);
    const [runs, events, before, input] = await Promise.all([
      store.phaseRuns(entry.taskId),
      store.events({ workflowId: entry.taskId, limit: mostEventsRead }),
      entry.previousId === undefined ? undefined : this.#closedAt(entry.previousId),
      // Its next run may have been given another.
      entry.status === 'requeued' ? undefined : this.#inputOf(entry.taskId),
    ]);
    const since = before ?? 0;
    const its = runs.filter(({ startedAt }) => startedAt <= entry.failedAt && startedAt >= since);
    return deadLetterDetail(entry, { runs: its, errors: attemptErrors(events), input });
  }

  /** Of the open ones, the largest groups. */
  async groups(): Promise<readonly DeadLetterGroupView[]> {
    const { deadLetters } = this.#deps;
    const groups = await deadLetters.groups({ status: 'open' });
    const views = groups.slice(0, mostGroups).map(async (group) => {
      const { fingerprint } = group;
      const { items } = await deadLetters.list({ status: 'open', fingerprint, limit: 1 });
      return items.map((example) => deadLetterGroupView(group, example));
    });
    return (await Promise.all(views)).flat();
  }

  /** Notes what was found out; it stays as it is. */
  async investigate(id: string, note: string, by: string | undefined): Promise<DeadLetterView> {
    await this.#deps.deadLetters.investigate(id, note, defined({ by }));
    return this.get(id);
  }

  async resolve(id: string, resolution: string, by: string | undefined): Promise<DeadLetterView> {
    await this.#deps.deadLetters.resolve(id, { resolution, ...defined({ by }) });
    return this.#closed(id);
  }

  async discard(id: string, reason: string, by: string | undefined): Promise<DeadLetterView> {
    await this.#deps.deadLetters.discard(id, { reason, ...defined({ by }) });
    return this.#closed(id);
  }

  /** The dead letter and its workflow change in one transaction. */
  async requeue(id: string, { by, input, phase }: RequeueWish = {}): Promise<WorkflowSummary> {
    const { clock, deadLetters, onOver, pause, pool, store } = this.#deps;
    const entry = await deadLetters.get(id);
    if (entry.status !== 'open') throw new DeadLetterNotOpenError(id, entry.status);
    if (input !== undefined) checkRepository(input);
    const at = clock.now();
    const from = phase ?? entry.phase;
    const workflow = await store.get(entry.taskId);
    const known =
      workflow && store.definition(workflow.definitionHash)?.phases.map(({ name }) => name);
    if (from === undefined || (known !== undefined && !known.includes(from))) {
      throw new ApiError(
        400,
        'UNKNOWN_PHASE',
        `phase must be one of ${known?.join(', ')}, got "${from}"`,
      );
    }
    const applied = await store.apply({
      workflowId: entry.taskId,
      event: { type: 'requeued', at, phase: from },
      ...defined({ input }),
      also: async (transaction) => {
        const change = defined({ phase, input, by });
        await deadLetters.requeue(id, async () => {}, transaction, change);
      },
    });
    if (applied === undefined || applied.commands.some(({ type }) => type === 'ignore')) {
      throw new ApiError(
        409,
        'WORKFLOW_NOT_DEAD',
        `workflow ${entry.taskId} is not dead, so there is nothing to requeue; see: GET /api/workflows/${entry.taskId}`,
      );
    }
    // A worktree of another repository is of no use to it.
    if (workflow !== undefined && workflow.input.repository !== applied.record.input.repository)
      await onOver(workflow);
    pool.wake();
    const obstacles = {
      pause: pause.current,
      waitFor: (record: WorkflowRecord) => store.waitFor(record),
    };
    return workflowSummary(applied.record, at, obstacles);
  }

  async #closed(id: string): Promise<DeadLetterView> {
    const { onOver, store } = this.#deps;
    const letter = await this.get(id);
    const workflow = await store.get(letter.workflowId);
    if (workflow !== undefined) await onOver(workflow);
    return letter;
  }

  /** Undefined when its workflow is not kept any more, or damaged: its dead letter is shown all the same. */
  async #inputOf(workflowId: string): Promise<JsonObject | undefined> {
    try {
      return (await this.#deps.store.get(workflowId))?.input;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ROW_CORRUPT') return undefined;
      throw error;
    }
  }

  /** Undefined when it is not kept any more. */
  async #closedAt(id: string): Promise<number | undefined> {
    const { items } = await this.#deps.deadLetters.list({ idPrefix: id, limit: 1 });
    return items[0]?.requeuedAt;
  }
}
