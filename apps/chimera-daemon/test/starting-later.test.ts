import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@chimera/policy';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkRunAt } from '../src/check-run-at.ts';
import { instantArgument, startTime } from '../src/cli/start-time.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const day = 24 * 3_600_000;

function problemOf(check: () => void): string {
  try {
    check();
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('when work may be asked to start', () => {
  const now = Date.UTC(2026, 0, 1);
  test.for<[string, number | undefined, boolean, RegExp | undefined]>([
    ['at once', undefined, false, undefined],
    ['soon', now + 1, false, undefined],
    ['by a clock that is a little behind', now - 59_000, false, undefined],
    ['within a year', now + 366 * day, false, undefined],
    ['not later', now + 366 * day + 1, false, /^runAt: \d+ \(2027-.*more than 366 days ahead/],
    [
      'not in the past',
      now - 61_000,
      false,
      /^runAt: \d+ \(2025-12-31T23:58.*is over; leave it out/,
    ],
    ['in the past, where it may have been sent before', now - day, true, undefined],
    ['not where nobody has a calendar', 9e15, true, /^runAt: 9000000000000000 lies more/],
  ])('%s', ([, runAt, isRepeatable, problem]) => {
    expect(problemOf(() => checkRunAt(runAt, isRepeatable, now))).toMatch(problem ?? /^none$/);
  });
});

describe('instants on the command line', () => {
  test.for<[string, string]>([
    ['2026-12-24T18:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24 18:00:30.5+01:00', '2026-12-24T17:00:30.500Z'],
    ['2026-12-24T18:00', new Date(2026, 11, 24, 18).toISOString()],
    ['2026-12-24', new Date(2026, 11, 24).toISOString()],
    ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s', ([text, expected]) => {
    expect(new Date(instantArgument(text)).toISOString()).toBe(expected);
  });

  const noDays = ['2026-02-30T10:00', '2026-02-29', '2026-04-31 10:00Z', '2026-00-10'];
  test.for(['tomorrow', '18:00', '2026-13-01', '1766599200000', '', ...noDays])(
    'not "%s"',
    (text) => {
      expect(() => instantArgument(text)).toThrow(
        'It must be an instant, such as 2026-12-24T18:00',
      );
    },
  );

  test('a delay counts from now, and is refused beside a key', () => {
    const clock = { now: () => 1_000.5 };
    expect(startTime({ in: 600_000 }, clock)).toBe(601_001);
    expect(startTime({}, clock)).toBeUndefined();
    expect(() => startTime({ in: 1, key: 'k' }, clock)).toThrow('use --at with --key');
  });
});

const worker = 'export const run = () => ({ done: true });';
const config = `
agents: { worker: { type: module, module: worker.mjs } }
workflows: [work.yaml]
schedules:
  nightly: { cron: '0 3 * * *', timezone: Europe/Berlin, definition: work, input: { n: 1 } }
`;

test('an operator submits for later, rules schedules, and backs up, from the command line', async () => {
  const files = {
    'chimera.yaml': config,
    'worker.mjs': worker,
    'work.yaml':
      'name: work\nphases: [{ name: do, stage: implementation, agent: worker, timeout: 10s }]',
  };
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const run = async (...words: string[]) => chimera([...words, '--url', daemon.url]);

  const later = (await run('submit', 'work', '--in', '1h')).stdout.trim();
  const { runAt, status, why } = await daemon.client.get(later);
  expect(status).toBe('queued');
  expect(runAt).toBeGreaterThan(systemClock.now() + 3_500_000);
  expect(why).toBe(`it starts at ${new Date(runAt ?? 0).toISOString()}`);
  const soon = (await run('submit', 'work', '--in', '300ms')).stdout.trim();
  for (;;) {
    if ((await daemon.client.get(soon)).status === 'completed') break;
    await sleep(20);
  }
  const past = await run('submit', 'work', '--at', '2020-01-01T00:00Z');
  expect(past.exitCode).toBe(2);
  expect(past.stderr).toMatch(/--at must not be over, got 2020-01-01T00:00:00\.000Z; leave it out/);
  const both = await run('submit', 'work', '--at', '2020-01-01', '--in', '1h');
  expect(both.exitCode).toBe(2);

  expect((await run('schedules')).stdout).toMatch(
    /^NAME .*\nnightly  0 3 \* \* \*  Europe\/Berlin  \S+T0[12]:00:00\.000Z  -     idle\n$/,
  );
  expect((await run('schedules', 'pause', 'nightly')).stdout).toBe(
    'nightly is paused; what falls due meanwhile is not caught up\n',
  );
  const [paused] = await daemon.client.schedules();
  expect(paused).toMatchObject({ name: 'nightly', isPaused: true, nextAt: null });
  expect((await run('schedules', 'resume', 'nightly')).stdout).toMatch(/^nightly goes on; next: 2/);
  const started = (await run('schedules', 'run', 'nightly', '--key', 'k')).stdout.trim();
  expect((await daemon.client.get(started)).input).toEqual({ n: 1 });
  expect((await run('schedules', 'run', 'nightly', '-k', 'k')).stdout).toBe(
    `${started} (started before)\n`,
  );
  const copy = join(newDirectory(), 'copy.db');
  expect((await run('backup', copy)).stdout).toMatch(/copy\.db \(\d+ bytes, \d+ ms\)\n$/);
  expect((await run('backup', copy)).stderr).toBe(
    `chimera: path: ${copy} exists; name a new file\n`,
  );
  const unknown = await run('schedules', 'run', 'daily');
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toBe('chimera: there is no schedule "daily"; known are nightly\n');
}, 60_000);

test.for<[string, string, string]>([
  [
    'a cron',
    "{ cron: '61 * * * *', definition: w }",
    'schedules.a.cron must be a cron expression (Invalid value for minute: 61), got "61 * * * *"',
  ],
  [
    'a date that never comes',
    "{ cron: '0 0 31 2 *', definition: w }",
    'schedules.a.cron must come to pass some time, got "0 0 31 2 *"',
  ],
  [
    'a time zone',
    "{ cron: '@daily', timezone: Mars/X, definition: w }",
    'schedules.a.timezone must be the name of a time zone, such as Europe/Berlin, got "Mars/X"',
  ],
  [
    'a catch-up',
    "{ cron: '@daily', definition: w, catchUp: often }",
    'schedules.a.catchUp must be none, last, or { all: n } with n from 1 to 1000, got "often"',
  ],
  [
    'a catch-up that cannot be',
    "{ cron: '@daily', definition: w, catchUp: { all: 3 } }",
    'schedules.a.catchUp must be none or last unless overlap is queue: of several, one could start, got {"all":3}',
  ],
  [
    'a definition',
    "{ cron: '@daily', definition: w }",
    'schedules.a cannot be started: definition: "w" is not known; known are standard, chimera',
  ],
])('a start is refused for %s that is none', ([, schedule, line]) => {
  const directory = newDirectory({ 'chimera.yaml': `schedules: { a: ${schedule} }` });
  const file = join(directory, 'chimera.yaml');
  const [first] = problemOf(() => loadConfig({ file, environment: {}, set: [] })).split('\n');
  expect(first).toBe(`${file}: ${line}`);
});
