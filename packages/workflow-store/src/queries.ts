import type { Database } from 'better-sqlite3';
import { integerOption } from '@chimera/policy';
import type { WorkflowEvent, WorkflowStatus } from '@chimera/workflow';
import type { Kysely, Selectable } from 'kysely';
import { readStatements, type ReadStatements } from './statements.ts';
import { corruptRow, readWorkflow, workflowFrom } from './stored-workflow.ts';
import { parseStored, type StoredShapes } from './stored-json.ts';
import type { ChimeraDatabase, PhaseRunTable } from './tables.ts';
import type { PhaseRun, StoredEvent, WorkflowRecord } from './workflow-record.ts';
import type { QueueDepth, WorkflowFilter, WorkflowPage, WorkflowStore } from './workflow-store.ts';

/** The reading half of the store: what is committed, without ever waiting for a writer. */
export class Queries {
  readonly #path: string;
  readonly #db: Kysely<ChimeraDatabase>;
  readonly #sql: ReadStatements;

  constructor(path: string, reader: Database, db: Kysely<ChimeraDatabase>) {
    this.#path = path;
    this.#db = db;
    this.#sql = readStatements(reader, db);
  }

  get(id: string): WorkflowRecord | undefined {
    return readWorkflow(this.#sql, this.#path, id)?.record;
  }

  async list({ cursor, definition, limit, status }: WorkflowFilter): Promise<WorkflowPage> {
    integerOption('workflow-store', 'limit', limit, 1);
    let query = this.#db
      .selectFrom('workflows')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (status !== undefined) query = query.where('status', '=', status);
    if (definition !== undefined) query = query.where('definition_name', '=', definition);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    const rows = await query.execute();
    const items = rows
      .slice(0, limit)
      .map((row) => workflowFrom(row, this.#sql.payloads.all({ workflow_id: row.id }), this.#path))
      .map(({ record }) => record);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last !== undefined ? { nextCursor: last.id } : {}) };
  }

  async counts(): Promise<Record<WorkflowStatus, number>> {
    const rows = await this.#db
      .selectFrom('workflows')
      .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
      .groupBy('status')
      .execute();
    const none = { queued: 0, running: 0, waiting: 0, completed: 0, dead: 0, cancelled: 0 };
    return { ...none, ...Object.fromEntries(rows.map(({ count, status }) => [status, count])) };
  }

  async depth(): Promise<QueueDepth> {
    const { queued, waiting } = await this.counts();
    const { oldest } = await this.#db
      .selectFrom('workflows')
      .select(({ fn }) => fn.min('run_at').as('oldest'))
      .where('claim_key', 'is not', null)
      .executeTakeFirstOrThrow();
    return { queued, waiting, ...(oldest === null ? {} : { oldestQueuedAt: oldest }) };
  }

  async nextDueAt(): Promise<number | undefined> {
    const { next } = await this.#db
      .selectFrom('workflows')
      .select(({ fn }) => fn.min('due_at').as('next'))
      .where('due_at', 'is not', null)
      .executeTakeFirstOrThrow();
    return next ?? undefined;
  }

  async events({
    after,
    limit,
    workflowId,
  }: Parameters<WorkflowStore['events']>[0]): Promise<readonly StoredEvent[]> {
    integerOption('workflow-store', 'limit', limit, 1);
    let query = this.#db.selectFrom('workflow_events').selectAll().orderBy('seq').limit(limit);
    if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
    if (after !== undefined) query = query.where('seq', '>', after);
    return (await query.execute()).map(({ at, data, seq, type, workflow_id: id }) => ({
      seq,
      workflowId: id,
      at,
      type: type as StoredEvent['type'],
      data: this.#parsed('event data', id, data),
    }));
  }

  async phaseRuns(workflowId: string): Promise<readonly PhaseRun[]> {
    const rows = await this.#db
      .selectFrom('phase_runs')
      .selectAll()
      .where('workflow_id', '=', workflowId)
      .orderBy('token')
      .execute();
    return rows.map((row) => this.#phaseRun(row));
  }

  async openPhaseRuns(): Promise<readonly PhaseRun[]> {
    // A running workflow has exactly one open run: that of its newest token.
    const rows = await this.#db
      .selectFrom('workflows')
      .innerJoin('phase_runs', (join) =>
        join
          .onRef('phase_runs.workflow_id', '=', 'workflows.id')
          .onRef('phase_runs.token', '=', 'workflows.token'),
      )
      .selectAll('phase_runs')
      .where('workflows.status', '=', 'running')
      .orderBy('workflows.id')
      .execute();
    return rows.map((row) => this.#phaseRun(row));
  }

  #phaseRun(row: Selectable<PhaseRunTable>): PhaseRun {
    const { agent, details, ended_at: endedAt, outcome, workflow_id: workflowId } = row;
    return {
      workflowId,
      token: row.token,
      phase: row.phase,
      visit: row.visit,
      attempt: row.attempt,
      ...(agent === null ? {} : { agent }),
      holder: row.holder,
      startedAt: row.started_at,
      ...(endedAt === null ? {} : { endedAt }),
      ...(outcome === null ? {} : { outcome: outcome as WorkflowEvent['type'] }),
      ...(details === null
        ? {}
        : { details: this.#parsed('attempt details', workflowId, details) }),
    };
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
