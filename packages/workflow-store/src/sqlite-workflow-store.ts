import type { Database } from 'better-sqlite3';
import type { WorkflowDefinition, WorkflowStatus } from '@chimera/workflow';
import type { Kysely } from 'kysely';
import { applying } from './apply.ts';
import type { Backups } from './backups.ts';
import { claiming } from './claim.ts';
import { phaseOf } from './event-data.ts';
import type { KeyWait } from './key-limits.ts';
import { diskFailure } from './connection.ts';
import { addingDecision } from './decisions.ts';
import { type FoundState, keepingStates, type KeptState } from './kept-states.ts';
import { abandoned, recoveredOf, recovering, renewing } from './leases.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Operation } from './operation.ts';
import type { Queries } from './queries.ts';
import { freeingPages } from './free-space.ts';
import { type EndedPage, type EndedQuery, forgetting } from './retain.ts';
import {
  droppingSchedule,
  keepingSchedule,
  type ScheduleStatements,
  type StoredSchedule,
} from './schedules.ts';
import { stoppingStep } from './stop-children.ts';
import { mayStopMore, StopRounds } from './stop-rounds.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreWatch } from './store-watch.ts';
import { StoreError } from './store-error.ts';
import { insertDefinition, submitting } from './submit.ts';
import type { ChimeraDatabase } from './tables.ts';
import type {
  DecisionQuery,
  NewDecision,
  PhaseRun,
  StoredDecision,
  StoredEvent,
  WorkflowRecord,
} from './workflow-record.ts';
import type {
  AgentQueue,
  Applied,
  ApplyRequest,
  Claim,
  ClaimRequest,
  NewWorkflow,
  QueueDepth,
  Submitted,
  WorkflowFilter,
  WorkflowPage,
  WorkflowStore,
} from './workflow-store.ts';

export interface SqliteParts {
  readonly context: StoreContext;
  readonly db: Kysely<ChimeraDatabase>;
  readonly writer: Database;
  readonly writes: GroupCommit;
  readonly backups: Backups;
  readonly queries: Queries;
  readonly schedules: ScheduleStatements;
  readonly watch: StoreWatch;
  /** Closes connections and gives the file free. */
  readonly dispose: () => Promise<void>;
}

export class SqliteWorkflowStore implements WorkflowStore {
  readonly db: Kysely<ChimeraDatabase>;
  readonly #parts: SqliteParts;
  readonly #stops: StopRounds;
  /** Made once, not for each write. */
  readonly #refuse = (error: unknown): never => {
    const failure = diskFailure(this.#parts.context.path, error);
    this.#parts.watch.refused?.(failure);
    throw failure;
  };
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteParts) {
    this.db = parts.db;
    this.#parts = parts;
    this.#stops = new StopRounds(parts.context.stopping, () =>
      this.#write(stoppingStep(parts.context)),
    );
  }

  async putDefinition(definition: WorkflowDefinition): Promise<void> {
    const { context } = this.#parts;
    await this.#write(() => ({ result: insertDefinition(context, definition) }));
    context.definitions.committed(definition);
  }

  definition(hash: string): WorkflowDefinition | undefined {
    return this.#parts.context.definitions.get(hash);
  }

  async submit(workflows: readonly NewWorkflow[]): Promise<readonly Submitted[]> {
    const { context } = this.#parts;
    const submitted = await this.#write(submitting(context, workflows));
    for (const { definition } of workflows) context.definitions.committed(definition);
    this.#parts.watch.submitted?.(workflows, submitted);
    return submitted;
  }

  async get(id: string): Promise<WorkflowRecord | undefined> {
    return this.#read((queries) => queries.get(id));
  }

  async list(filter: WorkflowFilter): Promise<WorkflowPage> {
    return this.#read((queries) => queries.list(filter));
  }

  async children(parentId: string, fork: string): Promise<readonly WorkflowRecord[]> {
    return this.#read((queries) => queries.children(parentId, fork));
  }

  async counts(): Promise<Record<WorkflowStatus, number>> {
    return this.#read((queries) => queries.counts());
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    const { context } = this.#parts;
    const claims: Claim[] = [];
    for (;;) {
      const limit = request.limit - claims.length;
      let isCutShort = false;
      try {
        const claimed = await this.#write(claiming(context, { ...request, limit }));
        claims.push(...claimed.claims);
        isCutShort = claimed.isCutShort;
      } catch (error) {
        // What is claimed already is the caller's to run, whatever becomes of the rest.
        if (claims.length === 0) throw error;
      }
      if (isCutShort) continue;
      if (claims.length > 0) this.#parts.watch.claimed?.(claims);
      return claims;
    }
  }

  waitFor({ definitionHash, labels, parent, state }: WorkflowRecord): KeyWait | undefined {
    const { clock, definitions, limits } = this.#parts.context;
    const definition = definitions.get(definitionHash);
    const agent = definition && phaseOf(definition, state.phase).agent;
    const keys = limits.rules.keysOf(labels, agent, parent);
    return keys.map((key) => limits.wait(key, clock.now())).find((wait) => wait !== undefined);
  }

  async keysHolding(most: number): Promise<readonly KeyWait[]> {
    this.#checkOpen();
    const { clock, limits } = this.#parts.context;
    const now = clock.now();
    return limits.heldKeys(most).flatMap((key) => limits.wait(key, now) ?? []);
  }

  async apply(request: ApplyRequest): Promise<Applied | undefined> {
    const { context } = this.#parts;
    const applied = await this.#write(applying(context, request));
    // Whatever became of the event: what has a row has its definition beside it.
    for (const { definitionHash } of applied?.others ?? [])
      context.definitions.committed({ hash: definitionHash });
    const all = applied && mayStopMore(applied) ? await this.#stops.after(applied) : applied;
    this.#parts.watch.applied?.(request, all);
    return all;
  }

  async stopChildren(): Promise<readonly WorkflowRecord[]> {
    const records = await this.#stops.goOn();
    if (records.length > 0) this.#parts.watch.stopped?.(records);
    return records;
  }

  async renew(
    holder: string,
    tokens: ReadonlyMap<string, number>,
    leaseMs: number,
  ): Promise<readonly string[]> {
    return this.#write(renewing(this.#parts.context, holder, tokens, leaseMs));
  }

  async recover({
    deadHolders,
    now,
  }: Parameters<WorkflowStore['recover']>[0]): Promise<readonly Applied[]> {
    const { context } = this.#parts;
    const ids = await this.#write(() => ({ result: abandoned(context, deadHolders, now) }));
    const taken = await Promise.allSettled(
      ids.map((id) => this.#write(recovering(context, id, deadHolders, now))),
    );
    const recovered = recoveredOf(taken, context.onCorruptRow);
    if (recovered.length > 0) this.#parts.watch.recovered?.(recovered);
    return recovered;
  }

  async overdue(query: Parameters<WorkflowStore['overdue']>[0]): Promise<readonly string[]> {
    return this.#read((queries) => queries.overdue(query));
  }

  async nextDueAt(): Promise<number | undefined> {
    return this.#read((queries) => queries.nextDueAt());
  }

  async depth(): Promise<QueueDepth> {
    return this.#read((queries) => queries.depth());
  }

  async queuedByAgent(window: number): Promise<readonly AgentQueue[]> {
    return this.#read((queries) => queries.queuedByAgent(this.#parts.context, window));
  }

  async events(query: Parameters<WorkflowStore['events']>[0]): Promise<readonly StoredEvent[]> {
    return this.#read((queries) => queries.events(query));
  }

  async addDecision(decision: NewDecision): Promise<void> {
    return this.#write(addingDecision(this.#parts.context, decision));
  }

  async decisions(query: DecisionQuery): Promise<readonly StoredDecision[]> {
    return this.#read((queries) => queries.decisions(query));
  }

  async keepStates(states: readonly KeptState[]): Promise<void> {
    return this.#write(keepingStates(this.#parts.context, states));
  }

  async keptStates(kind: string): Promise<readonly FoundState[]> {
    return this.#read((queries) => queries.keptStates(kind));
  }

  async keepSchedule(schedule: StoredSchedule): Promise<void> {
    return this.#write(keepingSchedule(this.#parts.schedules, schedule));
  }

  async dropSchedule(name: string): Promise<void> {
    return this.#write(droppingSchedule(this.#parts.schedules, name));
  }

  async schedules(): Promise<readonly StoredSchedule[]> {
    return this.#read((queries) => queries.schedules());
  }

  async phaseRuns(workflowId: string): Promise<readonly PhaseRun[]> {
    return this.#read((queries) => queries.phaseRuns(workflowId));
  }

  async openPhaseRuns(): Promise<readonly PhaseRun[]> {
    return this.#read((queries) => queries.openPhaseRuns());
  }

  async ended(query: EndedQuery): Promise<EndedPage> {
    return this.#read((queries) => queries.ended(query, this.#parts.context.clock.now()));
  }

  async forget(request: Parameters<WorkflowStore['forget']>[0]): Promise<number> {
    return this.#write(forgetting(this.#parts.context, request));
  }

  async freePages(limit: number): Promise<number> {
    const { context, writer } = this.#parts;
    return this.#write(freeingPages(context, writer, limit));
  }

  oldestWriteMs(): number {
    return this.#parts.writes.oldestMs;
  }

  async backup(path: string): Promise<void> {
    this.#checkOpen();
    return this.#parts.backups.take(path);
  }

  close(): Promise<void> {
    this.#closing ??= this.#parts.dispose();
    return this.#closing;
  }

  async #read<Result>(read: (queries: Queries) => Result | Promise<Result>): Promise<Result> {
    this.#checkOpen();
    const { context, queries } = this.#parts;
    try {
      return await read(queries);
    } catch (error) {
      throw diskFailure(context.path, error);
    }
  }

  #write<Result>(operation: Operation<Result>): Promise<Result> {
    this.#checkOpen();
    return this.#parts.writes.run(operation).catch(this.#refuse);
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return;
    const { path } = this.#parts.context;
    throw new StoreError('STORE_CLOSED', path, `${path} is closed; open it again to use it`);
  }
}
