import { integerOption } from '@chimera/policy';
import type { Kysely } from 'kysely';
import type { Operation } from './operation.ts';
import type { Preparer } from './preparer.ts';
import { prepared, type Statement } from './statement.ts';
import { StoreError } from './store-error.ts';
import { parseStored } from './stored-json.ts';
import type { ChimeraDatabase, ScheduleTable } from './tables.ts';
import type { OnCorruptRow } from './unless-corrupt.ts';

/** How far a schedule of recurring starts has come. What it starts, and when, its owner knows. */
export interface StoredSchedule {
  readonly name: string;
  /** Its owner's words for when it starts; another text means that older instants are not its own. */
  readonly timing: string;
  readonly isPaused: boolean;
  /** All instants up to this one have been decided upon. */
  readonly decidedUpTo: number;
  /** Instants that are to be started once what it has started before has ended, oldest first. */
  readonly pending: readonly number[];
  /** Workflows that it has started and that had not ended when it last looked. */
  readonly active: readonly string[];
  readonly last?: ScheduleStart;
}

/** What a schedule started last. */
export interface ScheduleStart {
  /** The instant that it was for. */
  readonly instant: number;
  readonly at: number;
  readonly workflowId: string;
}

export interface ScheduleStatements {
  readonly keep: Statement<ScheduleTable, unknown>;
  readonly drop: Statement<{ name: string }, unknown>;
}

export function scheduleStatements(
  sqlite: Preparer,
  db: Kysely<ChimeraDatabase>,
): ScheduleStatements {
  return {
    keep: prepared<ScheduleTable>(sqlite)((arg) =>
      db.replaceInto('schedules').values(arg.all(scheduleColumns)),
    ),
    drop: prepared<{ name: string }>(sqlite)((arg) =>
      db.deleteFrom('schedules').where('name', '=', arg('name')),
    ),
  };
}

const scheduleColumns = [
  'name',
  'timing',
  'is_paused',
  'decided_up_to',
  'pending',
  'active',
  'last_instant',
  'last_at',
  'last_workflow_id',
] as const;

export function keepingSchedule(
  { keep }: ScheduleStatements,
  schedule: StoredSchedule,
): Operation<void> {
  const { active, decidedUpTo, isPaused, last, name, pending, timing } = schedule;
  integerOption('workflow-store', 'decidedUpTo', decidedUpTo, 0);
  const row: ScheduleTable = {
    name,
    timing,
    is_paused: isPaused ? 1 : 0,
    decided_up_to: decidedUpTo,
    pending: JSON.stringify(pending),
    active: JSON.stringify(active),
    last_instant: last?.instant ?? null,
    last_at: last?.at ?? null,
    last_workflow_id: last?.workflowId ?? null,
  };
  return () => {
    keep.run(row);
    return { result: undefined };
  };
}

export function droppingSchedule({ drop }: ScheduleStatements, name: string): Operation<void> {
  return () => {
    drop.run({ name });
    return { result: undefined };
  };
}

/**
 * A damaged one is told of, and paused: what it has started may still run, and a start is what
 * cannot be taken back.
 */
export function scheduleFrom(
  row: ScheduleTable,
  path: string,
  onCorruptRow: OnCorruptRow,
): StoredSchedule {
  const { last_at: at, last_instant: instant, last_workflow_id: workflowId } = row;
  const hasStarted = at !== null && instant !== null && workflowId !== null;
  const pending = parseStored('pending', row.pending);
  const active = parseStored('active', row.active);
  const damage = [pending, active].flatMap((list) => ('problem' in list ? [list.problem] : []));
  if (damage.length > 0) {
    const remedy = 'it is paused: see what of it still runs, then resume it';
    const message = `schedule "${row.name}" cannot be read: ${damage.join(', ')}; ${remedy}`;
    onCorruptRow(new StoreError('ROW_CORRUPT', path, message));
  }
  return {
    name: row.name,
    timing: row.timing,
    isPaused: row.is_paused === 1 || damage.length > 0,
    decidedUpTo: row.decided_up_to,
    pending: 'value' in pending ? pending.value : [],
    active: 'value' in active ? active.value : [],
    ...(hasStarted ? { last: { instant, at, workflowId } } : {}),
  };
}
