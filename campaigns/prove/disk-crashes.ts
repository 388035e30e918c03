import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VirtualClock } from '@chimera/policy';
import {
  type CrashPlan,
  crashPoints,
  CrashPointError,
  type CrashReport,
} from '@chimera/proving/crash';
import { Judge, type Verdict } from '@chimera/proving/history';
import { openWorkflowStore } from '@chimera/workflow-store';

export interface DiskCrashes extends Verdict {
  readonly report: CrashReport | undefined;
}

const workload = join(import.meta.dirname, 'reference-workload.ts');

/**
 * The power of a workload is cut at every operation on its disk, and it is killed at some and
 * started again: whatever it acknowledged is there, and SQLite finds every page in order.
 */
export async function diskCrashes({
  kills,
  scratch,
  seed,
  workflows = 4,
}: {
  readonly seed: number;
  readonly kills: number;
  readonly workflows?: number;
  readonly scratch?: string;
}): Promise<DiskCrashes> {
  const judge = new Judge();
  const plan: CrashPlan = {
    run: [process.execPath, '--conditions=chimera-source', workload, String(workflows)],
    seed,
    check: (directory, acknowledged) => judgeFolder(judge, directory, acknowledged),
    ...(scratch === undefined ? {} : { scratch }),
  };
  try {
    const cuts = await crashPoints({ ...plan, restart: false, faults: ['power-cut'] });
    const killed = await crashPoints({ ...plan, faults: ['kill', 'torn-write'], atMost: kills });
    const points = { ...cuts.points, ...killed.points };
    return { ...judge.verdict, report: { ...cuts, points } };
  } catch (error) {
    if (!(error instanceof CrashPointError)) throw error;
    const { checked, violations } = judge.verdict;
    const violation = { law: 'daemon-1', subject: 'disk', message: error.message };
    return { checked, violations: [...violations, violation], report: undefined };
  }
}

/** Throws, so that the crash point is told, and counts what was looked at. */
async function judgeFolder(
  judge: Judge,
  directory: string,
  acknowledged: readonly string[],
): Promise<void> {
  const path = join(directory, 'chimera.db');
  const said = acknowledged.map((line) => line.split(' '));
  if (!existsSync(path)) {
    if (said.length > 0) throw new Error('everything is gone');
    return;
  }
  const clock = new VirtualClock(Date.UTC(2026, 0, 2));
  const store = await openWorkflowStore({ path, durability: 'crash' }, { clock });
  try {
    for (const [what, name, workflowId] of said) {
      const id = workflowId ?? '';
      const record = await store.get(id);
      const isKept =
        what === 'submitted'
          ? record !== undefined
          : record?.state.artifacts.some(({ phase }) => phase === name) === true;
      judge.look('daemon-1', id, !isKept && `${what} ${name}, and it is not there`);
      if (!isKept) throw new Error(`${what} ${name} ${id} was acknowledged, and it is not there`);
    }
    const keys = new Map<string, string>();
    for (const [what, key = '', id = ''] of said) {
      if (what !== 'submitted') continue;
      const known = keys.get(key) ?? id;
      judge.look('daemon-2', key, known !== id && `it was ${known} before`);
      if (known !== id) throw new Error(`${key} is ${id}, and was ${known} before`);
      keys.set(key, id);
    }
  } finally {
    await store.close();
  }
  const database = new DatabaseSync(path);
  const verdict = database.prepare('pragma integrity_check').get()?.integrity_check;
  database.close();
  if (verdict !== 'ok') throw new Error(`the database is damaged: ${String(verdict)}`);
}
