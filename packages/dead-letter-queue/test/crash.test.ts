import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeadLetterQueue } from '@chimera/dead-letter-queue';
import { createJobs, sqliteAt } from './databases.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dead-letters-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it.each([
  ['before the job is written', 'open', 0],
  ['after the job is written', 'open', 0],
  ['after the commit', 'requeued', 1],
] as const)(
  'a process killed %s leaves the work in exactly one place',
  async (point, status, jobs) => {
    const file = join(directory, 'letters.db');
    const setUp = sqliteAt(file);
    await createJobs(setUp);
    const before = new DeadLetterQueue(setUp);
    await before.migrate();
    const { id } = await before.add({ taskId: 't1', error: 'boom' });
    await setUp.destroy();

    const script = join(import.meta.dirname, 'fixtures/die-inside-requeue.ts');
    const child = spawnSync(process.execPath, [
      '--conditions=chimera-source',
      script,
      file,
      id,
      point,
    ]);
    expect([child.signal, String(child.stderr)]).toEqual(['SIGKILL', '']);

    const db = sqliteAt(file);
    expect((await new DeadLetterQueue(db).get(id)).status).toBe(status);
    expect(await db.selectFrom('jobs').selectAll().execute()).toHaveLength(jobs);
    await db.destroy();
  },
);
