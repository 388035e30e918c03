import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  buildDisk,
  type CrashPlan,
  CrashPointError,
  crashFaults,
  crashPoints,
} from '../../src/crash.ts';

const scratch = mkdtempSync(join(tmpdir(), 'crash-test-'));
const canBuild = buildDisk(scratch) !== undefined;
rmSync(scratch, { recursive: true });

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

/** Every note that was acknowledged is there, once, and whole. */
function checkNotes(directory: string, acknowledged: readonly string[]): void {
  const path = join(directory, 'notes');
  const notes = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const note of acknowledged)
    if (!notes.split('\n').includes(note))
      throw new Error(`${note} is lost: ${JSON.stringify(notes)}`);
  if (!['', 'one\n', 'one\ntwo\n'].includes(notes))
    throw new Error(`not what was kept: ${JSON.stringify(notes)}`);
}

function keeping(how: string, more: Partial<CrashPlan> = {}): CrashPlan {
  return { run: ['/bin/sh', fixture('keep-notes.sh'), how], check: checkNotes, ...more };
}

/** Restarted, most would do what they have not done. */
function wrongly(how: string): Partial<CrashPlan> {
  return how === 'cannot-restart' ? {} : { restart: false };
}

async function failureOf(plan: CrashPlan): Promise<CrashPointError> {
  const error = await crashPoints(plan).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof CrashPointError)) throw new Error(`not found: ${String(error)}`);
  onTestFinished(() => rmSync(join(error.directory, '..'), { recursive: true, force: true }));
  return error;
}

async function triedAt(seed: number): Promise<readonly number[]> {
  const points: number[] = [];
  const check: CrashPlan['check'] = (_directory, _said, { operation }) => {
    points.push(operation);
  };
  await crashPoints({
    ...keeping('right', { restart: false, faults: ['kill'], atMost: 3, seed }),
    check,
  });
  return points;
}

function shop(synchronous: string): CrashPlan {
  return {
    run: [process.execPath, fixture('keep-orders.ts'), synchronous],
    restart: false,
    faults: ['power-cut'],
    check: (directory, acknowledged) => {
      const path = join(directory, 'shop.db');
      if (!existsSync(path)) return checkNotes(directory, acknowledged);
      const database = new Database(path);
      try {
        const has = (table: string) =>
          database.prepare('select name from sqlite_schema where name = ?').get(table) !==
          undefined;
        const all = (table: string) =>
          has(table) ? database.prepare(`select id from ${table}`).pluck().all().map(String) : [];
        const [orders, lines] = [all('orders'), all('lines')];
        const lost = acknowledged.filter((id) => !orders.includes(id));
        if (lost.length > 0) throw new Error(`lost: ${lost.join()}`);
        if (orders.join() !== lines.join())
          throw new Error(`torn: ${orders.join()} ${lines.join()}`);
      } finally {
        database.close();
      }
    },
  };
}

describe.skipIf(!canBuild)('a program that is made to crash at each of its operations', () => {
  test('and keeps its word is right, whatever the fault', async () => {
    const report = await crashPoints(keeping('right', { faults: crashFaults, atMost: 2 }));
    // For each note: make, write, sync and rename the file, and sync the folder.
    expect(report).toMatchObject({ operations: 11, acknowledged: 2 });
    expect(report.points).toEqual({
      kill: 2,
      'torn-write': 2,
      'power-cut': 2,
      'disk-full': 2,
      'write-error': 2,
      'sync-error': 2,
      'read-only': 2,
    });
  });

  test.each([
    ['acknowledges-first', 'kill', /is lost/],
    ['never-syncs', 'power-cut', /is lost|not what was kept/],
    ['replaces-in-place', 'kill', /is lost|not what was kept/],
    ['replaces-in-place', 'torn-write', /is lost|not what was kept/],
    ['ignores-failures', 'disk-full', /is lost|not what was kept/],
    ['ignores-failures', 'write-error', /is lost|not what was kept/],
    ['cannot-restart', 'kill', /the restart ended with 3/],
  ] as const)('and %s is found by %s', async (how, fault, says) => {
    // A cut leaves this or that: a few tries at each point.
    const plan = keeping(how, { faults: [fault, fault, fault], ...wrongly(how) });
    const error = await failureOf(plan);
    expect(error.message).toMatch(says);
    expect(error.point.fault).toBe(fault);
    // The same point again, alone.
    const again = await failureOf({ ...plan, only: error.point });
    expect(again.point).toEqual(error.point);
  });

  test('tells what was done, what was said, and how to see it again', async () => {
    const error = await failureOf(keeping('acknowledges-first', { restart: false }));
    expect(error.message).toContain(
      'kill at operation 1 (truncate of notes), after 1 acknowledged',
    );
    expect(error.message).toMatch(/replay: crashPoints\(\{ …, only: \{"fault":"kill"/);
    expect(error).toMatchObject({ code: 'CRASH_POINT', acknowledged: ['one'] });
  });

  test('is tried at as many points as asked for, the same for the same seed', async () => {
    const points = await triedAt(5);
    expect(points).toHaveLength(3);
    expect(await triedAt(5)).toEqual(points);
  });

  test('and changes no file is refused', async () => {
    await expect(crashPoints(keeping('changes-nothing'))).rejects.toThrow(
      'the run changed no file of its folder',
    );
  });

  test('and fails without a fault is refused, with what it said', async () => {
    const run = ['/bin/sh', '-c', 'echo "no such table" >&2; exit 4'] as const;
    await expect(crashPoints({ run, check: checkNotes })).rejects.toThrow(
      'the run without a fault ended with 4: no such table',
    );
  });
});

describe.skipIf(!canBuild)("a user's own transactions on SQLite", () => {
  test('survive a power cut at every operation when every commit is synced', async () => {
    const { acknowledged, operations, points } = await crashPoints(shop('full'));
    expect(acknowledged).toBe(3);
    expect(points['power-cut']).toBe(operations);
    expect(operations).toBeGreaterThan(10);
  });

  test('and lose what was acknowledged when it is not', async () => {
    const error = await failureOf({ ...shop('normal'), seed: 3 });
    expect(error.message).toMatch(/^power-cut at operation .* lost: 1/s);
  });
});

test('a plan that is none is refused before anything runs', async () => {
  await expect(crashPoints(keeping('right', { atMost: 0 }))).rejects.toThrow(
    new RangeError('crash-points: atMost must be an integer >= 1, got 0'),
  );
});
