import type { Writable } from 'node:stream';
import type {
  DaemonStatus,
  DecisionView,
  DrainReport,
  Page,
  PoolState,
  ResumedPool,
  StoredEventView,
  SubmittedWorkflow,
  WorkflowDetail,
  WorkflowRequest,
  WorkflowSummary,
} from '@chimera/client';
import type { DeadLetterQueue } from '@chimera/dead-letter-queue';
import type { GracefulDegradation } from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import type { WorkflowDefinition, WorkflowStatus } from '@chimera/workflow';
import type { ChimeraDatabase, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import { checkRunAt } from './check-run-at.ts';
import type { DecisionLog } from './control/decision-log.ts';
import type { WorkEstimates } from './control/work-estimates.ts';
import { defined } from './defined.ts';
import type { DaemonDescription } from './describe-daemon.ts';
import { ApiError } from './http/api-error.ts';
import { attemptErrors } from './http/attempt-errors.ts';
import { cancelledAttempts } from './http/cancelled-attempts.ts';
import { labelledPage } from './http/labelled-page.ts';
import { limitView } from './http/limit-view.ts';
import { type Obstacles, workflowDetail, workflowSummary } from './http/views.ts';
import type { ExecutorPool } from './executor-pool/executor-pool.ts';
import { definitionFor } from './submittable.ts';
import type { PauseKeeper } from './executor-pool/pause-keeper.ts';
import type { Shutdown } from './shutdown.ts';

/** A person reads them. */
const mostLimits = 20;

export interface ServiceDeps {
  readonly store: WorkflowStore;
  readonly deadLetters: Pick<DeadLetterQueue<ChimeraDatabase>, 'counts'>;
  readonly pool: ExecutorPool;
  readonly pause: PauseKeeper;
  readonly shutdown: Pick<Shutdown, 'answerFirst' | 'begin' | 'kind'>;
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  /** Names of the configured agents. */
  readonly agents: readonly string[];
  readonly decisions: Pick<DecisionLog, 'latest'>;
  readonly degradation: GracefulDegradation | undefined;
  /** What work is taken to need that comes without an estimate. */
  readonly estimates: Pick<WorkEstimates, 'of'>;
  readonly clock: Clock;
  /** A workflow is over without having run to its end here: its worktree is not needed any more. */
  readonly onOver: (record: WorkflowRecord) => Promise<void>;
  /** Parent and children that moved along. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
  /** The parts of the status that the daemon alone knows. */
  readonly describe: () => DaemonDescription;
}

/** Of a workflow that is shown; the list has them all. */
const mostChildrenShown = 100;
/** Each attempt has two; what failed later is shown without its error. */
const mostEventsRead = 5_000;

/** What the daemon can be asked to do: the HTTP routes are a thin skin over it. */
export class Service {
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  /** `traceparent`: the span of whoever submits. */
  async submit(
    { definition: name, input = {}, priority = 5, ...rest }: WorkflowRequest,
    traceparent?: string,
  ): Promise<SubmittedWorkflow> {
    const { degradation, pool, shutdown, store } = this.#deps;
    if (shutdown.kind !== undefined) throw draining(pool.stopsInMs);
    const definition = definitionFor(name, input, this.#deps);
    checkRunAt(rest.runAt, rest.idempotencyKey !== undefined, this.#deps.clock.now());
    const refusal = degradation?.admit(priority);
    if (refusal !== undefined) throw refusal;
    const assumed = defined({ assumedMs: this.#deps.estimates.of(name), traceparent });
    const submitting = store.submit([{ ...rest, ...assumed, definition, input, priority }]);
    // A free slot takes it in the commit that makes it durable.
    pool.wake();
    const [submitted] = await submitting;
    if (submitted === undefined) throw new Error('the store acknowledged no workflow');
    return submitted;
  }

  async get(id: string): Promise<WorkflowDetail | undefined> {
    const { clock, store } = this.#deps;
    const record = await store.get(id);
    if (record === undefined) return undefined;
    const [runs, events, children] = await Promise.all([
      store.phaseRuns(id),
      store.events({ workflowId: id, limit: mostEventsRead }),
      store.list({ parent: id, limit: mostChildrenShown }),
    ]);
    const cancelled = cancelledAttempts(events);
    const attempts = { runs, cancelled, errors: attemptErrors(events) };
    return workflowDetail(record, attempts, children.items, clock.now(), this.#obstacles);
  }

  async list({
    label,
    ...query
  }: {
    label?: Readonly<Record<string, string>> | undefined;
    status?: WorkflowStatus | undefined;
    definition?: string | undefined;
    parent?: string | undefined;
    idPrefix?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<WorkflowSummary>> {
    const { clock, store } = this.#deps;
    const filter = defined(query);
    const { items, nextCursor } = await (label === undefined
      ? store.list(filter)
      : labelledPage(store, filter, label));
    const now = clock.now();
    return {
      items: items.map((record) => workflowSummary(record, now, this.#obstacles)),
      nextCursor: nextCursor ?? null,
    };
  }

  async events(query: {
    workflowId?: string | undefined;
    after?: number | undefined;
    limit: number;
  }): Promise<readonly StoredEventView[]> {
    return this.#deps.store.events(defined(query));
  }

  /** A queued or waiting workflow ends at once, a running one when its processes are gone. */
  async cancel(id: string, reason: string): Promise<WorkflowSummary | undefined> {
    const { clock, pool, store } = this.#deps;
    if ((await store.get(id)) === undefined) return undefined;
    const at = clock.now();
    const applied = await store.apply({
      workflowId: id,
      event: { type: 'cancel-requested', at, reason },
    });
    if (applied === undefined) return undefined;
    const { status } = applied.record.state;
    if (status === 'cancelled') await this.#deps.onOver(applied.record);
    else if (status === 'running') pool.cancel(id);
    await this.#deps.onOthers(applied.others);
    pool.wake();
    return workflowSummary(applied.record, at, this.#obstacles);
  }

  decisions(query: Parameters<DecisionLog['latest']>[0]): Promise<readonly DecisionView[]> {
    return this.#deps.decisions.latest(query);
  }

  poolState(): PoolState {
    const { clock, pause, pool, shutdown } = this.#deps;
    const { stopsInMs } = pool;
    return {
      state: shutdown.kind ?? (pool.isPaused ? 'paused' : 'running'),
      paused: pause.current,
      stopsAt: stopsInMs === undefined ? null : Math.round(clock.now() + stopsInMs),
    };
  }

  /** Running phases go on. Resolves when nothing starts any more. */
  async pause(reason: string | undefined): Promise<PoolState> {
    await this.#deps.pause.pause(reason ?? null);
    return this.poolState();
  }

  async resume(): Promise<ResumedPool> {
    const { pause } = this.#deps;
    const wasPaused = pause.current !== null;
    await pause.resume();
    return { ...this.poolState(), wasPaused };
  }

  /** Ends the daemon when nothing runs any more, and not before `answer` is written. */
  drain(timeoutMs: number, answer: Writable): Promise<DrainReport> {
    const { shutdown } = this.#deps;
    shutdown.answerFirst(answer);
    return shutdown.begin('draining', timeoutMs);
  }

  get #obstacles(): Obstacles {
    const { pause, store } = this.#deps;
    return { pause: pause.current, waitFor: (record) => store.waitFor(record) };
  }

  async status(): Promise<DaemonStatus> {
    const { deadLetters, describe, store } = this.#deps;
    const [workflows, letters, limits] = await Promise.all([
      store.counts(),
      deadLetters.counts(),
      store.keysHolding(mostLimits),
    ]);
    return {
      ...describe(),
      ...this.poolState(),
      workflows,
      limits: limits.map(limitView),
      deadLetters: { open: letters.open },
    };
  }
}

function draining(stopsInMs: number | undefined): ApiError {
  return new ApiError(
    503,
    'DRAINING',
    'the daemon ends what runs and takes nothing new; submit again when it is back',
    Math.max(1_000, stopsInMs ?? 0),
  );
}
