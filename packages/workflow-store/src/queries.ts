import type { Database } from 'better-sqlite3';
import { integerOption, nextMacrotask } from '@chimera/policy';
import type { WorkflowStatus } from '@chimera/workflow';
import { type Kysely, sql } from 'kysely';
import { endOf } from './cursors.ts';
import { heldCount } from './held-count.ts';
import type { KeyLimits } from './key-limits.ts';
import { hasId } from './id-search.ts';
import { type FoundState, stateFrom } from './kept-states.ts';
import { type LevelStatements, queueLevels } from './level-statements.ts';
import { listedRows } from './listed-rows.ts';
import { oldestTurn } from './oldest-turn.ts';
import { phaseRunsOf } from './phase-runs.ts';
import { type QueueContext, queuedByAgent } from './queued-by-agent.ts';
import type { EndedPage, EndedQuery } from './retain.ts';
import { scheduleFrom, type StoredSchedule } from './schedules.ts';
import { eventsUpTo, notAwaited, notQueued, readStatements } from './read-statements.ts';
import type { StatusTally } from './status-tally.ts';
import { corruptRow, type ReadStore, readWorkflow, workflowFrom } from './stored-workflow.ts';
import { parseStored, type StoredShapes } from './stored-json.ts';
import type { ChimeraDatabase } from './tables.ts';
import { type OnCorruptRow, unlessCorrupt } from './unless-corrupt.ts';
import type { WorkflowRow } from './workflow-columns.ts';
import type {
  DecisionQuery,
  PhaseRun,
  StoredDecision,
  StoredEvent,
  WorkflowRecord,
} from './workflow-record.ts';
import type {
  AgentQueue,
  QueueDepth,
  WorkflowFilter,
  WorkflowPage,
  WorkflowStore,
} from './workflow-store.ts';

/** Read in one turn of the event loop: a phase can have a thousand, each with what it left. */
const childrenPerTurn = 128;

export interface QueriesDeps {
  readonly path: string;
  readonly reader: Database;
  /** On the reader. */
  readonly db: Kysely<ChimeraDatabase>;
  readonly definitions: ReadStore['definitions'];
  readonly tally: StatusTally;
  readonly limits: Pick<KeyLimits, 'nextRoomAt'>;
  readonly onCorruptRow: OnCorruptRow;
}

/** The reading half of the store: what is committed, without ever waiting for a writer. */
export class Queries {
  readonly #path: string;
  readonly #db: Kysely<ChimeraDatabase>;
  readonly #store: ReadStore;
  readonly #levels: LevelStatements;
  readonly #tally: StatusTally;
  readonly #limits: Pick<KeyLimits, 'nextRoomAt'>;
  readonly #onCorruptRow: OnCorruptRow;

  constructor({ db, definitions, limits, onCorruptRow, path, reader, tally }: QueriesDeps) {
    this.#path = path;
    this.#db = db;
    this.#tally = tally;
    this.#limits = limits;
    this.#onCorruptRow = onCorruptRow;
    this.#store = { path, definitions, sql: readStatements(reader, db) };
    this.#levels = queueLevels(reader, db);
  }

  get(id: string): WorkflowRecord | undefined {
    return readWorkflow(this.#store, id)?.record;
  }

  async list(filter: WorkflowFilter): Promise<WorkflowPage> {
    const { limit } = filter;
    integerOption('workflow-store', 'limit', limit, 1);
    const { queued, waiting } = this.counts();
    const rows = await listedRows(this.#db, filter, queued + waiting);
    const shown = rows.slice(0, limit);
    const read = (row: WorkflowRow) => workflowFrom(row, this.#store).record;
    const items = this.#ofEach(shown, read);
    const last = shown.at(-1);
    if (rows.length <= limit || last === undefined) return { items };
    return { items, nextCursor: String(last.key) };
  }

  async children(parentId: string, fork: string): Promise<readonly WorkflowRecord[]> {
    const children: WorkflowRecord[] = [];
    for (;;) {
      const rows = await this.#db
        .selectFrom('workflows')
        .selectAll()
        .where('parent_id', '=', parentId)
        .where('parent_fork', '=', fork)
        .where('parent_index', '>', children.at(-1)?.parent?.index ?? -1)
        .orderBy('parent_index')
        .limit(childrenPerTurn)
        .execute();
      for (const row of rows) children.push(workflowFrom(row, this.#store).record);
      if (rows.length < childrenPerTurn) return children;
      await nextMacrotask();
    }
  }

  counts(): Record<WorkflowStatus, number> {
    return this.#tally.counts;
  }

  async depth(): Promise<QueueDepth> {
    const { queued, waiting } = this.counts();
    const oldest = await oldestTurn(this.#db, this.#levels);
    const held = await heldCount(this.#db);
    return { queued, waiting, held, ...(oldest === undefined ? {} : { oldestQueuedAt: oldest }) };
  }

  async queuedByAgent(context: QueueContext, window: number): Promise<readonly AgentQueue[]> {
    return queuedByAgent(this.#db, this.#levels, context, window);
  }

  async overdue({
    limit,
    now,
  }: Parameters<WorkflowStore['overdue']>[0]): Promise<readonly string[]> {
    integerOption('workflow-store', 'limit', limit, 1);
    const rows = await this.#db
      .selectFrom('workflow_deadlines')
      .innerJoin('workflows', 'workflows.key', 'workflow_deadlines.workflow_key')
      .select('id')
      .where('at', '<=', now)
      .orderBy('at')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async nextDueAt(): Promise<number | undefined> {
    const { next } = await this.#db
      .selectFrom('workflows')
      .select(({ fn }) => fn.min('due_at').as('next'))
      .where('due_at', 'is not', null)
      .executeTakeFirstOrThrow();
    const due = Math.min(next ?? Infinity, this.#limits.nextRoomAt ?? Infinity);
    return due === Infinity ? undefined : due;
  }

  async events({
    after,
    limit,
    workflowId,
  }: Parameters<WorkflowStore['events']>[0]): Promise<readonly StoredEvent[]> {
    integerOption('workflow-store', 'limit', limit, 1);
    let query = this.#db
      .selectFrom('workflow_events')
      .innerJoin('workflows', 'workflows.key', 'workflow_events.workflow_key')
      .select(['seq', 'workflows.id', 'at', 'type', 'data'])
      .orderBy('seq')
      .limit(limit);
    if (workflowId !== undefined) query = query.where('seq', 'in', this.#eventsOf(workflowId));
    if (after !== undefined) query = query.where('seq', '>', after);
    return (await query.execute()).map(({ at, data, id, seq, type }) => ({
      seq,
      workflowId: id,
      at,
      type: type as StoredEvent['type'],
      data: this.#parsed('event data', id, data),
    }));
  }

  async decisions({ isChange, kind, limit }: DecisionQuery): Promise<readonly StoredDecision[]> {
    integerOption('workflow-store', 'limit', limit, 1);
    let query = this.#db.selectFrom('decisions').selectAll().orderBy('seq', 'desc').limit(limit);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (isChange !== undefined) query = query.where('is_change', '=', isChange ? 1 : 0);
    return (await query.execute()).map(({ at, data, is_change, kind: ofKind, seq }) => ({
      seq,
      at,
      kind: ofKind,
      isChange: is_change === 1,
      data: this.#parsed('event data', `decision ${seq}`, data),
    }));
  }

  async keptStates(kind: string): Promise<readonly FoundState[]> {
    const rows = await this.#db
      .selectFrom('kept_states')
      .selectAll()
      .where('kind', '=', kind)
      .orderBy('name')
      .execute();
    return rows.map((row) => stateFrom(row, this.#path, this.#onCorruptRow));
  }

  async ended({ cursor, limit, olderThanMs, status }: EndedQuery, now: number): Promise<EndedPage> {
    integerOption('workflow-store', 'limit', limit, 1);
    let query = this.#db
      .selectFrom('workflows')
      .innerJoin('workflow_inputs', 'workflow_key', 'key')
      .select(['id', 'key', 'finished_at', 'body'])
      .where('status', '=', status)
      .where('finished_at', '<=', now - olderThanMs)
      .where(notAwaited)
      .orderBy('finished_at')
      .orderBy('key')
      .limit(limit);
    if (cursor !== undefined) {
      const [at, key] = endOf(cursor);
      query = query.where((eb) => eb(eb.refTuple('finished_at', 'key'), '>', eb.tuple(at, key)));
    }
    const rows = await query.execute();
    const items = this.#ofEach(rows, ({ body, id }) => {
      return { id, input: this.#parsed('input', id, body) };
    });
    const last = rows.at(-1);
    if (rows.length < limit || last === undefined) return { items };
    return { items, nextCursor: `${last.finished_at} ${last.key}` };
  }

  async schedules(): Promise<readonly StoredSchedule[]> {
    const rows = await this.#db.selectFrom('schedules').selectAll().orderBy('name').execute();
    return rows.map((row) => scheduleFrom(row, this.#path, this.#onCorruptRow));
  }

  async phaseRuns(workflowId: string): Promise<readonly PhaseRun[]> {
    const rows = await this.#db
      .selectFrom('workflow_events')
      .innerJoin('workflows', 'workflows.key', 'workflow_events.workflow_key')
      .select(['at', 'type', 'data', 'evidence'])
      .where('seq', 'in', this.#eventsOf(workflowId))
      .orderBy('seq')
      .execute();
    return phaseRunsOf(this.#path, workflowId, rows);
  }

  async openPhaseRuns(): Promise<readonly PhaseRun[]> {
    const running = await this.#db
      .selectFrom('workflows')
      .select('id')
      .where('status', '=', 'running')
      .where(notQueued)
      .orderBy('key')
      .execute();
    const runs = await Promise.all(running.map(({ id }) => this.phaseRuns(id)));
    return runs.flat().filter(({ endedAt }) => endedAt === undefined);
  }

  /** Without those that are damaged. */
  #ofEach<Row, Result>(rows: readonly Row[], read: (row: Row) => Result): readonly Result[] {
    return rows.flatMap((row) => unlessCorrupt(this.#onCorruptRow, () => [read(row)]) ?? []);
  }

  #eventsOf(workflowId: string) {
    return eventsUpTo(
      this.#db,
      sql<number>`(select last_event from workflows where ${hasId(sql.val(workflowId))})`,
    );
  }

  #parsed<Name extends keyof StoredShapes>(
    name: Name,
    workflowId: string,
    text: string,
  ): StoredShapes[Name] {
    const parsed = parseStored(name, text);
    if ('problem' in parsed) throw corruptRow(this.#path, workflowId, parsed.problem);
    return parsed.value;
  }
}
