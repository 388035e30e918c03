import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualClock } from '@chimera/policy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProcessEnd, type ProcessOptions, runProcess } from '../src/run-process.ts';
import { Moment, Programs } from './programs.ts';

let programs: Programs;
beforeEach(() => {
  programs = new Programs();
});
afterEach(() => programs[Symbol.dispose]());

async function ended(options: ProcessOptions): Promise<ProcessEnd> {
  const result = await runProcess(options);
  if (!result.started) throw new Error(result.message);
  return result;
}

test('returns exit code, both outputs and no kill', async () => {
  const command = programs.write(
    'a.cjs',
    `console.log('out'); console.error('err'); process.exitCode = 3;`,
  );
  const result = await ended({ command, env: programs.env });
  expect(result).toMatchObject({
    exitCode: 3,
    signal: undefined,
    stopped: undefined,
    stdout: { text: 'out\n', bytes: 4, truncated: false },
    stderr: { text: 'err\n', bytes: 4, truncated: false },
    killed: [],
    survivors: [],
  });
});

test('names the signal that ended the process', async () => {
  const command = programs.write('a.cjs', `process.kill(process.pid, 'SIGKILL');`);
  const result = await ended({ command, env: programs.env });
  expect(result).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', stopped: undefined });
});

test('gives the environment as told, plus the markers, and nothing of its own', async () => {
  process.env['CHIMERA_TEST_SECRET'] = 'leaked';
  try {
    const command = programs.write('a.cjs', `console.log(JSON.stringify(process.env));`);
    const result = await ended({ command, env: { GREETING: 'hello' }, marker: 'instance-1' });
    expect(JSON.parse(result.stdout.text)).toEqual({
      GREETING: 'hello',
      CHIMERA_RUN: 'instance-1',
      CHIMERA_PROCESS: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  } finally {
    delete process.env['CHIMERA_TEST_SECRET'];
  }
});

test('is stopped by an abort that comes at the moment at which it starts', async () => {
  const controller = new AbortController();
  const command = programs.write('a.cjs', `setTimeout(() => {}, 2_000);`);
  queueMicrotask(() => controller.abort());
  const result = await ended({ command, env: programs.env, signal: controller.signal });
  expect(result).toMatchObject({ stopped: 'aborted', survivors: [] });
});

test('runs in the directory it is told', async () => {
  const command = programs.write('a.cjs', `console.log(process.cwd());`);
  const result = await ended({ command, env: {}, cwd: programs.directory });
  expect(result.stdout.text.trim()).toBe(programs.directory);
});

test('hands over 5 MB of stdin whole, characters of several bytes included', async () => {
  const stdin = 'ä€😀x'.repeat(500_000);
  const command = programs.write(
    'a.cjs',
    `const hash = require('node:crypto').createHash('sha256'); let n = 0;
     process.stdin.on('data', (c) => { hash.update(c); n += c.length; }).on('end', () => console.log(n, hash.digest('hex')));`,
  );
  const result = await ended({ command, env: {}, stdin });
  const bytes = Buffer.from(stdin);
  expect(bytes.length).toBe(5_000_000);
  expect(result.stdout.text.trim()).toBe(
    `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`,
  );
});

test('survives a child that closes stdin without reading it', async () => {
  const command = programs.write(
    'a.cjs',
    `process.stdin.destroy(); require('node:fs').closeSync(0); console.log('done');`,
  );
  const result = await ended({ command, env: {}, stdin: 'x'.repeat(5_000_000) });
  expect(result).toMatchObject({ exitCode: 0, stdout: { text: 'done\n' } });
});

test('survives a child that exits without reading stdin', async () => {
  const command = programs.write('a.cjs', `process.exit(7);`);
  const result = await ended({ command, env: {}, stdin: 'x'.repeat(5_000_000) });
  expect(result.exitCode).toBe(7);
});

test('drains both streams: neither blocks the other', async () => {
  const command = programs.write(
    'a.cjs',
    `const fs = require('node:fs'); const block = 'x'.repeat(1000);
     for (let i = 0; i < 2000; i += 1) { fs.writeSync(2, block); fs.writeSync(1, block); }`,
  );
  const result = await ended({ command, env: {} });
  expect(result).toMatchObject({
    exitCode: 0,
    stdout: { bytes: 2_000_000, truncated: true },
    stderr: { bytes: 2_000_000, truncated: true },
  });
});

test('keeps head and tail of a long output and says how much is missing', async () => {
  const command = programs.write(
    'a.cjs',
    `process.stdout.write('first' + 'x'.repeat(100_000) + 'last!');`,
  );
  const result = await ended({ command, env: {}, keepBytes: 10 });
  expect(result.stdout).toEqual({
    text: 'first\n… 100000 bytes left out …\nlast!',
    bytes: 100_010,
    truncated: true,
  });
});

function printing(megabytes: number): readonly [string, ...string[]] {
  return programs.write(
    'print.cjs',
    `const block = Buffer.alloc(1 << 20, 'x'); let left = ${megabytes};
     const write = () => { if (left-- > 0) process.stdout.write(block, write); }; write();`,
  );
}

test('kills what prints 100 MB, soon after the limit', async () => {
  const result = await ended({ command: printing(100), env: {} });
  expect(result).toMatchObject({ stopped: 'output-limit', signal: 'SIGTERM' });
  expect(result.stdout.bytes).toBeGreaterThan(16 * 2 ** 20);
  expect(result.stdout.bytes).toBeLessThan(50 * 2 ** 20);
  expect(Buffer.byteLength(result.stdout.text)).toBeLessThan(2 ** 20 + 100);
});

test('holds about 1 MiB of an output of 100 MB that is allowed', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let held = 0;
  let looked = 0;
  let bytes = 0;
  const result = await ended({
    command: printing(100),
    env: {},
    limitBytes: 200 * 2 ** 20,
    onOutput: (_, chunk) => {
      bytes += chunk.length;
      if (Math.floor(bytes / (10 * 2 ** 20)) === looked) return;
      looked += 1;
      // The second collection waits for the first one's sweeping, which is concurrent.
      collectGarbage();
      collectGarbage();
      held = Math.max(held, process.memoryUsage().arrayBuffers - before);
    },
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: { bytes: 100 * 2 ** 20, truncated: true } });
  expect(looked).toBe(10);
  expect(held).toBeLessThan(4 * 2 ** 20);
});

/** A child, a grandchild in its group and one in a session of its own; all ignore SIGTERM and hold the output. */
function stubbornFamily(): readonly [string, ...string[]] {
  const stubborn = `process.on('SIGTERM', () => console.log(name, 'ignores SIGTERM')); setInterval(() => {}, 1e6);`;
  const grandchild = programs.write(
    'grandchild.cjs',
    `const name = process.argv[2]; ${stubborn} say(name);`,
  );
  return programs.write(
    'child.cjs',
    `const name = 'child'; ${stubborn}
     const { spawn } = require('node:child_process');
     const [program, file] = ${JSON.stringify(grandchild)};
     spawn(program, [file, 'grandchild'], { stdio: 'inherit' });
     spawn(program, [file, 'escapee'], { stdio: 'inherit', detached: true });
     say('child');`,
  );
}

test('a timeout ends the whole family: SIGTERM at once, SIGKILL after the grace', async () => {
  const clock = new VirtualClock();
  const command = stubbornFamily();
  let printed = '';
  const allIgnored = new Moment();
  const running = ended({
    command,
    env: programs.env,
    marker: programs.directory,
    clock,
    timeoutMs: 60_000,
    killAfterMs: 5_000,
    onOutput: (_, chunk) => {
      printed += Buffer.from(chunk).toString();
      if (printed.match(/ignores/g)?.length === 3) allIgnored.reach();
    },
  });
  await Promise.all(['child', 'grandchild', 'escapee'].map((name) => programs.heard(name)));
  await clock.advance(59_999);
  expect(printed).toBe('');
  expect(await programs.carriersOf('CHIMERA_RUN', programs.directory)).toHaveLength(3);
  await clock.advance(1);
  await allIgnored.reached;
  expect(await programs.carriersOf('CHIMERA_RUN', programs.directory)).toHaveLength(3);
  await clock.advance(5_000);

  const result = await running;
  expect(result).toMatchObject({ stopped: 'timeout', signal: 'SIGKILL', survivors: [] });
  expect(result.killed).toHaveLength(3);
  expect(await programs.carriersOf('CHIMERA_RUN', programs.directory)).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('an abort ends what heeds SIGTERM without waiting for the grace', async () => {
  const command = programs.write(
    'a.cjs',
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1e6); say('up');`,
  );
  const controller = new AbortController();
  const running = ended({
    command,
    env: programs.env,
    signal: controller.signal,
    killAfterMs: 3_600_000,
  });
  await programs.heard('up');
  controller.abort();
  expect(await running).toMatchObject({
    stopped: 'aborted',
    exitCode: 0,
    stdout: { text: 'bye\n' },
  });
});

test('sends SIGTERM once to each member of the family', async () => {
  const clock = new VirtualClock();
  const command = programs.write(
    'a.cjs',
    `let n = 0; process.on('SIGTERM', () => console.log('term', ++n)); setInterval(() => {}, 1e6); say('up');`,
  );
  const controller = new AbortController();
  const term = new Moment();
  const running = ended({
    command,
    env: programs.env,
    clock,
    signal: controller.signal,
    onOutput: () => term.reach(),
  });
  await programs.heard('up');
  controller.abort();
  await term.reached;
  await clock.advance(4_900);
  await clock.advance(100);
  expect(await running).toMatchObject({ signal: 'SIGKILL', stdout: { text: 'term 1\n' } });
});

test('settles soon after the exit although a grandchild holds the output, and kills it', async () => {
  const grandchild = programs.write('b.cjs', `say('grandchild'); setInterval(() => {}, 1e6);`);
  const command = programs.write(
    'a.cjs',
    `const [program, ...args] = ${JSON.stringify(grandchild)};
     require('node:child_process').spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: process.argv[2] === 'escape' }).unref();
     console.log('done');
     require('node:fs').watch(${JSON.stringify(programs.directory)}, () => process.exit(0));
     say('child');`,
  );
  for (const how of ['stay', 'escape']) {
    const running = ended({ command: [...command, how], env: programs.env, drainMs: 10 });
    await programs.heard('child');
    await programs.heard('grandchild');
    writeFileSync(`${programs.directory}/now`, '');
    const result = await running;
    expect(result).toMatchObject({ exitCode: 0, stopped: undefined, stdout: { text: 'done\n' } });
    expect(result.killed).toEqual([
      { pid: expect.any(Number) as number, command: grandchild.join(' ') },
    ]);
    await programs.ended('grandchild');
    programs.forget();
  }
});

test('an aborted signal starts nothing', async () => {
  const result = await runProcess({
    command: ['/does/not/exist'],
    env: {},
    signal: AbortSignal.abort(),
  });
  expect(result).toMatchObject({ started: false, code: 'ABORTED' });
});

async function message(options: ProcessOptions): Promise<string> {
  const result = await runProcess(options);
  return result.started ? 'started' : `${result.code}: ${result.message}`;
}

test('a program that cannot start is a value that names the program and the remedy', async () => {
  const [, script = ''] = programs.write('not-executable', '');
  expect(await message({ command: ['no-such-agent'], env: { PATH: '/bin' } })).toBe(
    'PROGRAM_NOT_FOUND: cannot start "no-such-agent": no such program; install it, or add its directory to PATH (/bin)',
  );
  expect(await message({ command: ['./no-such-agent'], env: {} })).toBe(
    'PROGRAM_NOT_FOUND: cannot start "./no-such-agent": no such program; check the path, and the interpreter that its first line names',
  );
  expect(await message({ command: [script], env: {} })).toBe(
    `PROGRAM_NOT_EXECUTABLE: cannot start "${script}": not allowed; make it executable (chmod +x) and its directory accessible`,
  );
  expect(await message({ command: [process.execPath], env: {}, cwd: '/no/such/place' })).toBe(
    `DIRECTORY_NOT_FOUND: cannot start "${process.execPath}": its working directory /no/such/place does not exist; create it`,
  );
  expect(await message({ command: [process.execPath], env: {}, cwd: script })).toBe(
    `DIRECTORY_NOT_FOUND: cannot start "${process.execPath}": its working directory ${script} is a file; name a directory`,
  );
  expect(await message({ command: [process.execPath, 'x'.repeat(3_000_000)], env: {} })).toBe(
    `REFUSED: cannot start "${process.execPath}": arguments and environment are too long; pass the text on stdin`,
  );
  expect(await message({ command: ['no\0de'], env: {} })).toMatch(/^REFUSED: cannot start/);
});

test('refuses wrong options', async () => {
  const command = [process.execPath] as const;
  await expect(runProcess({ command, env: {}, killAfterMs: -1 })).rejects.toThrow(
    "agents: killAfterMs must be a duration >= 0 (ms, '2s', '5m', '1h'), got -1",
  );
  await expect(runProcess({ command, env: {}, keepBytes: 0.5 })).rejects.toThrow(RangeError);
});
