import { once } from 'node:events';
import { openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { ChimeraClient } from '@chimera/client';
import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../src/log.ts';
import { LineBuffer } from '../src/logging/line-buffer.ts';
import { LogOutput } from '../src/logging/log-output.ts';
import { newDirectory, spawnChimera, spawnModule } from './chimera-process.ts';

/** Of processes that share a machine with others. */
const waiting = { timeout: 10_000 };
const startedAt = Date.UTC(2026, 0, 1);

function failing(code: string, errno: number): Error {
  return Object.assign(new Error(code), { code, errno });
}
const full = failing('ENOSPC', -28);
const busy = failing('EAGAIN', -11);

/** A log on a disk of so many bytes, or one that throws. */
function onDisk() {
  const clock = new VirtualClock(startedAt);
  const disk = { text: '', room: Infinity, error: full, pausedMs: 0 };
  const output = new LogOutput(2, {
    clock,
    put: (_descriptor, bytes, start) => {
      const taken = bytes.subarray(start, start + disk.room);
      if (taken.length === 0) throw disk.error;
      disk.text += taken.toString('latin1');
      disk.room -= taken.length;
      return taken.length;
    },
    pause: (ms) => (disk.pausedMs += ms),
  });
  return { clock, disk, output };
}

interface Told {
  readonly level: string;
  readonly msg: string;
  readonly context?: { readonly lost?: number };
}

/** Of the lines of the log, what it says of those that are missing. */
function told(text: string): Told[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Told);
}

describe('a log that cannot be written', () => {
  test('goes on when it can, and says how many lines are missing, since when and why', async () => {
    const { clock, disk, output } = onDisk();
    output.write(Buffer.from('a\n'));
    disk.room = 0;
    await clock.advance(1_000);
    output.write(Buffer.from('b\nc\n'));
    await clock.advance(1_000);
    output.write(Buffer.from('d\n'));
    expect(output.lost).toBe(3);
    expect(output.reason()).toBe('no space left on device, ENOSPC');
    disk.room = Infinity;
    output.write(Buffer.from('e\n'));
    expect(output.reason()).toBeNull();
    expect(disk.text).toMatch(/^a\n\{[^\n]*\}\ne\n$/);
    expect(told(disk.text)).toEqual([
      {
        level: 'warn',
        time: '2026-01-01T00:00:02.000Z',
        service: 'chimera',
        component: 'log',
        context: {
          lost: 3,
          since: '2026-01-01T00:00:01.000Z',
          reason: 'no space left on device, ENOSPC',
        },
        msg: '3 lines of the log could not be written from 2026-01-01T00:00:01.000Z on: no space left on device, ENOSPC',
      },
    ]);
  });

  test('tells it as soon as somebody asks whether it can', () => {
    const { disk, output } = onDisk();
    disk.room = 0;
    output.write(Buffer.from('a\n'));
    disk.room = Infinity;
    expect(output.reason()).toBeNull();
    expect(told(disk.text)).toMatchObject([{ context: { lost: 1 } }]);
  });

  test('ends the line that it has begun before it says anything else', () => {
    const { disk, output } = onDisk();
    disk.room = 4;
    output.write(Buffer.from('a\nbcdef\ng\n'));
    expect([disk.text, output.lost]).toEqual(['a\nbc', 1]);
    disk.room = 1;
    output.write(Buffer.from('h\n'));
    disk.room = Infinity;
    output.write(Buffer.from('i\n'));
    expect(disk.text).toMatch(/^a\nbcdef\n\{[^\n]*"lost":2[^\n]*\}\ni\n$/);
  });

  test('has whole lines in order, and each is written or counted, however much is taken each time', () => {
    const rooms = fc.array(fc.oneof(fc.nat(400), fc.constant(0)), { maxLength: 30 });
    fc.assert(
      fc.property(rooms, fc.array(fc.nat(90), { maxLength: 90 }), (spaces, lengths) => {
        const { disk, output } = onDisk();
        const lines = lengths.map((length, n) => `${n} ${'x'.repeat(length)}\n`);
        for (const [at, space] of spaces.entries()) {
          disk.room = space;
          output.write(Buffer.from(lines.slice(3 * at, 3 * at + 3).join('')));
        }
        disk.room = Infinity;
        output.write(Buffer.from(lines.slice(3 * spaces.length).join('')));
        const written = disk.text
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('{'));
        const known = new Set(lines);
        expect(written.every((line) => known.has(`${line}\n`))).toBe(true);
        const numbers = written.map((line) => Number.parseInt(line, 10));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        const missing = told(disk.text).reduce((sum, { context }) => sum + (context?.lost ?? 0), 0);
        expect(missing).toBe(output.lost);
        expect(written.length + missing).toBe(lines.length);
      }),
    );
  });

  test('waits for a busy reader for a moment, and not again while that did not help', async () => {
    const { clock, disk, output } = onDisk();
    disk.room = 0;
    disk.error = busy;
    for (let n = 0; n < 10; n += 1) output.write(Buffer.from('a\n'));
    expect(disk.pausedMs).toBe(100);
    disk.room = Infinity;
    output.write(Buffer.from('b\n'));
    disk.room = 0;
    output.write(Buffer.from('c\n'));
    expect([disk.pausedMs, output.lost]).toEqual([100, 11]);
    disk.room = Infinity;
    expect(output.reason()).toBeNull();
    await clock.advance(10_000);
    disk.room = 0;
    output.write(Buffer.from('d\n'));
    expect(disk.pausedMs).toBe(200);
  });

  test('whose output takes nothing and does not fail is no reason to try for ever', () => {
    const output = new LogOutput(2, { clock: new VirtualClock(), put: () => 0 });
    output.write(Buffer.from('a\n'));
    expect([output.lost, output.reason()]).toEqual([1, 'Error: it takes nothing']);
  });

  test('does not keep bytes that others write over', () => {
    const { disk, output } = onDisk();
    const bytes = Buffer.from('abc\n');
    disk.room = 1;
    output.write(bytes);
    bytes.fill('x');
    disk.room = Infinity;
    output.reason();
    expect(disk.text).toBe('abc\n');
  });

  test('throws nothing at who logs, nor at who ends', () => {
    const { clock, disk, output } = onDisk();
    disk.room = 0;
    const buffer = new LineBuffer(output, clock);
    const log = createLog('info', buffer);
    log.info('a');
    buffer.flushSync();
    log.fatal('b');
    log.info('x'.repeat(70_000));
    buffer.flushSync();
    expect(output.lost).toBe(3);
  });
});

const settings = `
agents:
  planner: { type: command, command: [sleep, '60'] }
  implementer: { type: command, command: [sleep, '60'] }
  validator: { type: command, command: [sleep, '60'] }
autoscaler: { enabled: false }
degradation: { enabled: false }
`;

describe.runIf(process.platform === 'linux')('a daemon whose log is on a full disk', () => {
  test('goes on working, says so in its health, and counts the lines that are lost', async () => {
    const cwd = newDirectory({ 'chimera.yaml': settings });
    const child = spawnChimera(['start', '--port', '0'], cwd, 'pipe', openSync('/dev/full', 'w'));
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    if (child.stdout === null) throw new Error('the output is not piped');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const url = /listens at (\S+)/.exec(line)?.[1] ?? '';
    const client = new ChimeraClient({ url });
    const { id } = await client.submit({ definition: 'standard', input: {} });
    await vi.waitFor(async () => expect((await client.status()).pool.running).toBe(1), waiting);
    await client.setLogLevel('debug');
    await client.cancel(id, 'enough');
    await vi.waitFor(async () => {
      expect((await client.health()).findings).toMatchObject([
        {
          subject: 'log',
          severity: 'warning',
          message: 'lines of the log cannot be written: no space left on device, ENOSPC',
        },
      ]);
    }, waiting);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /^chimera_log_lines_lost_total [1-9]/m,
    );
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    await closed;
    expect(child.exitCode).toBe(0);
  });

  test('is stopped by an output that is full no more than by the log', async () => {
    const cwd = newDirectory({ 'chimera.yaml': settings });
    const child = spawnChimera(['start', '--port', '0'], cwd, openSync('/dev/full', 'w'));
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    if (child.stderr === null) throw new Error('standard error is not piped');
    const messages: unknown[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      const { msg } = JSON.parse(line) as { readonly msg: string };
      messages.push(msg);
      if (msg === 'standard output cannot be written') child.kill('SIGTERM');
    }
    await closed;
    expect(messages).toContain('started');
    expect(messages.at(-1)).toContain('stopped');
    expect(child.exitCode).toBe(0);
  });
});

/** One that would block is made not to by whoever asks for `process.stderr`. */
const manyLines = `
process.stderr.on('error', () => {});
const log = createLog('info');
for (let n = 0; n < 3_000; n += 1) log.info({ n }, 'x'.repeat(1_000));
process.stdout.write('filled\\n');
`;

describe('a pipe that nobody reads', () => {
  test('holds nothing up, and has whole lines and the number of the others once it is read', async () => {
    const child = spawnModule(`${manyLines}
      for await (const _ of process.stdin);
      while (linesOf(log).sink.reason() !== null) await new Promise(setImmediate);
      log.warn('after');`);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdin.end();
    const lines = (await text(child.stderr)).split('\n').slice(0, -1);
    const lost = told(lines.join('\n')).reduce((sum, { context }) => sum + (context?.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    const written = lines.filter((line) => line.includes('"n":'));
    expect(written.length + lost).toBe(3_000);
    expect(lines.at(-1)).toContain('"msg":"after"');
  });

  test('does not keep a process that ends', async () => {
    const child = spawnModule(manyLines);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });
});

test('the lines that wait are written when an error that nobody caught ends the process', async () => {
  const child = spawnModule(`createLog('info').info('last words'); throw new Error('uncaught');`);
  const [errors] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(errors).toContain('"msg":"last words"');
  expect(errors).toContain('Error: uncaught');
  expect(child.exitCode).toBe(1);
});
