import { spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '@chimera/policy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killLeftovers } from '../src/kill-leftovers.ts';
import { killProcesses } from '../src/kill-processes.ts';
import { listProcesses } from '../src/process-table.ts';
import { listWithPs } from '../src/ps-table.ts';
import { Programs } from './programs.ts';

let programs: Programs;
beforeEach(() => {
  programs = new Programs();
});
afterEach(() => programs[Symbol.dispose]());

/** Starts a program that outlives whoever started it, in a session of its own. */
async function abandon(name: string, marker: string, onTerm = ''): Promise<number> {
  const body = `${onTerm} setInterval(() => {}, 1e6); say(process.argv[2]);`;
  const [program, file] = programs.write(`${name}.cjs`, body) as [string, string];
  const starter = programs.write(
    'starter.cjs',
    `const { spawn } = require('node:child_process');
     const child = spawn(${JSON.stringify(program)}, [${JSON.stringify(file)}, '${name}'], { detached: true, stdio: 'ignore' });
     child.unref(); console.log(child.pid);`,
  );
  const child = spawn(starter[0], starter.slice(1), {
    env: { ...programs.env, CHIMERA_RUN: marker },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = new Promise<number>((resolve) => {
    child.stdout.once('data', (text) => resolve(Number(text)));
  });
  await programs.heard(name);
  return pid;
}

test('kills what an ended run left behind, and nothing of a living one', async () => {
  const [ended, living] = [`ended-${programs.directory}`, `living-${programs.directory}`];
  const orphan = await abandon('orphan', ended);
  const worker = await abandon('worker', living);
  try {
    const report = await killLeftovers((marker) => marker === ended);
    expect(report).toEqual({
      killed: [
        {
          pid: orphan,
          command: `${process.execPath} ${programs.directory}/orphan.cjs orphan`,
        },
      ],
      survivors: [],
    });
    await programs.ended('orphan');
    expect(await programs.carriersOf('CHIMERA_RUN', living)).toEqual([worker]);
  } finally {
    process.kill(worker, 'SIGKILL');
  }
  await programs.ended('worker');
});

test('SIGKILLs those that ignore SIGTERM, after the grace', async () => {
  const clock = new VirtualClock();
  const pid = await abandon(
    'stubborn',
    programs.directory,
    `process.on('SIGTERM', () => say('ignored'));`,
  );
  const killing = killLeftovers((marker) => marker === programs.directory, {
    clock,
    killAfterMs: 7_000,
  });
  await programs.heard('ignored');
  await clock.advance(6_999);
  expect(await programs.carriersOf('CHIMERA_RUN', programs.directory)).toEqual([pid]);
  await clock.advance(1);
  expect((await killing).killed).toMatchObject([{ pid }]);
  await programs.ended('stubborn');
});

test('finds nothing when nothing was left', async () => {
  const report = await killLeftovers((marker) => marker === programs.directory);
  expect(report).toEqual({ killed: [], survivors: [] });
});

test('never signals a pid that has been given to another process', async () => {
  const pid = await abandon('innocent', programs.directory);
  const clock = new VirtualClock();
  let looks = 0;
  // The table as it was read, and a pid that changes hands before the signal.
  const report = await killProcesses(
    (table) =>
      (looks += 1) > 1
        ? []
        : table
            .filter((entry) => entry.pid === pid)
            .map((entry) => ({
              ...entry,
              startedAt: entry.startedAt - 1,
              isStillThere: () => false,
            })),
    { clock, killAfterMs: 0 },
  );
  expect(report.survivors).toEqual([]);
  expect(await programs.carriersOf('CHIMERA_RUN', programs.directory)).toEqual([pid]);
  process.kill(pid, 'SIGKILL');
  await programs.ended('innocent');
});

test('a process is no longer there once its pid is free', async () => {
  const pid = await abandon('brief', programs.directory);
  const entry = (await listProcesses()).find((one) => one.pid === pid);
  expect(entry?.isStillThere()).toBe(true);
  process.kill(pid, 'SIGKILL');
  // Its files are closed a moment before it is gone.
  while (entry?.isStillThere() === true) await setImmediate();
  const pids = (await listProcesses()).map((one) => one.pid);
  expect(pids).not.toContain(pid);
  expect(pids).toContain(process.pid);
});

test('ps tells of a process what /proc tells', async () => {
  const marker = `instance-1 ${programs.directory}/with spaces`;
  const pid = await abandon('seen', marker);
  try {
    const one = (await listProcesses()).find((entry) => entry.pid === pid);
    const other = (await listWithPs()).find((entry) => entry.pid === pid);
    for (const entry of [one, other]) {
      expect(entry).toMatchObject({ groupId: pid, parentId: one?.parentId });
      expect(entry?.environmentValue('CHIMERA_RUN')).toBe(marker);
      expect(entry?.environmentValue('CHIMERA')).toBeUndefined();
      expect(entry?.commandLine()).toBe(`${process.execPath} ${programs.directory}/seen.cjs seen`);
    }
    expect(Math.abs((other?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
  await programs.ended('seen');
});
