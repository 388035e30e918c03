import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Applied, ApplyRequest, WorkflowRecord } from '@chimera/workflow-store';
import { createLog, type Logger } from '../src/log.ts';
import { LineBuffer } from '../src/logging/line-buffer.ts';
import { workflowLog } from '../src/logging/workflow-log.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const id = '0199a0b8-1234-7abc-8def-0123456789ab';

function recordOf(more: object): WorkflowRecord {
  const state = { status: 'completed', phase: 'plan', retries: 2 };
  const record = { id, definition: 'work', createdAt: 1_000, finishedAt: 1_250, state };
  return { ...record, ...more } as unknown as WorkflowRecord;
}

const now = Date.UTC(2026, 0, 1, 0, 0, 59) + 7;

/** Half a surrogate pair is written as an escape, or replaced: either way it is what no name has. */
function readAs(line: string): Record<string, unknown> {
  return JSON.parse(line, wellFormed) as Record<string, unknown>;
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

function end(log: Logger, record: WorkflowRecord, clock = new VirtualClock(now)): void {
  const applied = { commands: [], others: [], record } as unknown as Applied;
  workflowLog(log, clock).applied?.({} as ApplyRequest, applied);
}

function completedIn(phase: string): Applied {
  const record = recordOf({ state: { status: 'completed', phase, retries: 0 } });
  return { commands: [], others: [], record };
}

/** What is logged of the end of a workflow, where lines are put together of bytes. */
function linesOf(record: WorkflowRecord, level = 'info'): string[] {
  const { buffer, lines } = buffered();
  end(createLog(level, buffer), record);
  buffer.flushSync();
  return lines();
}

/** The same as pino writes it, to a destination of its own. */
function plainLinesOf(record: WorkflowRecord, level = 'info'): string[] {
  const lines: string[] = [];
  end(createLog(level, { write: (line: string) => void lines.push(line) }), record);
  return lines;
}

describe('a workflow that is over', () => {
  test('has one line, joined to its trace', () => {
    const [line = '', ...others] = linesOf(recordOf({}));
    expect(others).toEqual([]);
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: '2026-01-01T00:00:59.007Z',
      service: 'chimera',
      trace_id: '0199a0b812347abc8def0123456789ab',
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      task_id: id,
      workflow_phase: 'plan',
      component: 'workflow',
      context: { definition: 'work', status: 'completed', durationMs: 250, retries: 2 },
      msg: 'workflow completed',
    });
  });

  test('has the line that pino would have written, whatever its names, ids and numbers are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', '\\', '\u2028', '\u001b[2J', '\ud800', 'sk-proj-abcdefghijklmnopqrstuv'),
    );
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const records = fc.record({
      id: fc.constantFrom(id, '0199ffff-0000-7000-b000-00000000000a', 'named by hand', ''),
      definition: name,
      labels: fc.constantFrom(undefined, {}, { traceparent }, { traceparent: 'none' }),
      // As many digits as not, up to more than the form has room for; and numbers that are not whole.
      finishedAt: fc.oneof(
        fc.nat(5_000),
        fc.nat({ max: 15 }).map((digits) => 1_000 + 10 ** digits),
        fc.nat({ max: 15 }).map((digits) => 999 + 10 ** digits),
        fc.constant(1_000.5),
        fc.maxSafeNat(),
      ),
      state: fc.record({
        status: fc.constant('completed'),
        phase: name,
        retries: fc.oneof(fc.nat(20), fc.nat()),
        requeues: fc.constantFrom(undefined, 0, 1, 12),
      }),
    });
    fc.assert(
      fc.property(records, (more) => {
        const [line = '', ...others] = linesOf(recordOf(more));
        expect(others).toEqual([]);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e\ufeff]/u);
        const [plain = ''] = plainLinesOf(recordOf(more));
        const { time: _, ...said } = readAs(plain);
        expect(readAs(line)).toEqual({ ...said, time: expect.any(String) });
      }),
    );
  });

  test('has the time at which it was logged, to the millisecond', () => {
    const clock = new VirtualClock(now);
    const { buffer, lines } = buffered();
    const watch = workflowLog(createLog('info', buffer), clock);
    const applied = { commands: [], others: [], record: recordOf({}) } as unknown as Applied;
    const instants = [now, now, now + 92, now + 993, now + 60_000, 0, -1, 86_399_999, now];
    for (const instant of instants) {
      clock.jumpWall(instant - clock.now());
      watch.applied?.({} as ApplyRequest, applied);
    }
    buffer.flushSync();
    const times = lines().map((line) => (JSON.parse(line) as { time: string }).time);
    expect(times).toEqual(instants.map((instant) => new Date(instant).toISOString()));
  });

  test('has its line between those that were written before and after it', () => {
    const { buffer, lines } = buffered();
    const log = createLog('info', buffer);
    log.info('before: ö');
    end(log, recordOf({ definition: 'grün' }));
    log.warn('after');
    const told = lines().map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(told).toEqual(['before: ö', 'workflow completed', 'after']);
  });

  test('is told as a warning when it died, with why', () => {
    const error = { code: 'AGENT_EXIT', message: 'no', retryable: false };
    const cause = { kind: 'failed', error };
    const state = { status: 'dead', phase: 'plan', retries: 0, cause };
    const [line = ''] = linesOf(recordOf({ state }), 'warn');
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      msg: 'workflow died in phase plan: AGENT_EXIT: no',
      task_id: id,
      context: { status: 'dead', cause: 'failed' },
    });
    const state2 = { status: 'cancelled', phase: 'plan', retries: 0 };
    const [other = ''] = linesOf(recordOf({ state: state2 }));
    expect(JSON.parse(other)).toMatchObject({ level: 'info', msg: 'workflow cancelled' });
  });

  test('is told of while the level is its own, which may change meanwhile', () => {
    const { buffer, lines } = buffered();
    const log = createLog('warn', buffer);
    const watch = workflowLog(log, new VirtualClock(now));
    for (const level of ['warn', 'info', 'error', 'trace', 'silent']) {
      log.level = level;
      watch.applied?.({} as ApplyRequest, completedIn(level));
    }
    buffer.flushSync();
    const phases = lines().map(
      (line) => (JSON.parse(line) as { workflow_phase: string }).workflow_phase,
    );
    expect(phases).toEqual(['info', 'trace']);
  });

  test('is not told of below its level, nor before its end', () => {
    expect(linesOf(recordOf({}), 'warn')).toEqual([]);
    expect(linesOf(recordOf({ finishedAt: undefined }))).toEqual([]);
  });
});

test('at info there is a line for each attempt that was not a success, and one for the workflow', async () => {
  const lines: { readonly level: string; readonly msg: string; readonly context: object }[] = [];
  const log: Logger = createLog('debug', {
    write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  let calls = 0;
  const daemon = await smallDaemon({
    clock,
    log,
    watch: workflowLog(log, clock),
    agents: {
      flaky: () => {
        calls += 1;
        if (calls === 1) throw new Error('not yet');
        return null;
      },
    },
  });
  daemon.pool.start();
  const retry = { maxRetries: 1, base: 1 };
  const work = {
    name: 'do',
    stage: 'implementation',
    agent: 'flaky',
    timeout: '10s',
    retry,
  } as const;
  await daemon.submit(workflowOf([work, { ...work, name: 'again' }]));
  await daemon.advance(1_000);
  const told = lines.map(({ context, level, msg }) => [
    level,
    msg,
    (context as { event?: string }).event,
  ]);
  expect(told).toEqual([
    ['info', 'phase ended', 'phase-failed'],
    ['debug', 'phase ended', 'phase-succeeded'],
    ['info', 'workflow completed', undefined],
    ['debug', 'phase ended', 'phase-succeeded'],
  ]);
});

test('the line of an attempt that failed says which agent, with what code, and why, in short and without secrets', async () => {
  const lines: { readonly msg: string; readonly context: object }[] = [];
  const log: Logger = createLog('info', {
    write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  const token = `sk-${'k'.repeat(30)}`;
  let words = `the API refused ${token}`;
  const daemon = await smallDaemon({
    clock: new VirtualClock(Date.UTC(2026, 0, 1)),
    log,
    agents: {
      failing: () => {
        throw Object.assign(new Error(words), { code: 'API_DOWN' });
      },
    },
  });
  daemon.pool.start();
  const work = {
    name: 'do',
    stage: 'implementation',
    agent: 'failing',
    timeout: '10s',
    retry: { maxRetries: 1, base: 1 },
  } as const;
  const ended = () => lines.filter(({ msg }) => msg === 'phase ended').map((line) => line.context);
  await daemon.submit(workflowOf([work]));
  await daemon.advance(1_000);
  const why = { agent: 'failing', event: 'phase-failed', code: 'API_DOWN' };
  expect(ended()).toEqual([
    { ...why, status: 'waiting', reason: 'the API refused [redacted]' },
    { ...why, status: 'dead', reason: 'the API refused [redacted]' },
  ]);
  // Where it is cut, half of it would stand.
  words = `${'x'.repeat(490)} ${token} ${'y'.repeat(50_000)}`;
  await daemon.submit(workflowOf([work]));
  await daemon.advance(1_000);
  const { reason } = ended()[2] as { readonly reason: string };
  expect(reason).toBe(`${'x'.repeat(490)} [redacted…`);
});

function buffered() {
  const written: string[] = [];
  const clock = new VirtualClock();
  const buffer = new LineBuffer({ write: (bytes) => void written.push(bytes.toString()) }, clock);
  const counts = () => written.map((text) => text.split('\n').length - 1);
  const lines = () =>
    written
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${line}\n`);
  return { buffer, clock, counts, lines, log: createLog('info', buffer), written };
}

describe('lines', () => {
  test('of a short time are written in one piece', async () => {
    const { clock, counts, log } = buffered();
    for (const message of ['a', 'b', 'c']) log.info(message);
    await clock.advance(19);
    expect(counts()).toEqual([]);
    await clock.advance(1);
    expect(counts()).toEqual([3]);
    await clock.advance(1_000);
    log.info('d');
    await clock.advance(20);
    expect(counts()).toEqual([3, 1]);
  });

  test('are written at once from warn up, with those before', async () => {
    const { clock, counts, log } = buffered();
    log.info('a');
    log.warn('b');
    expect(counts()).toEqual([2]);
    log.info('c');
    expect(counts()).toEqual([2]);
    await clock.advance(20);
    expect(counts()).toEqual([2, 1]);
  });

  test('are written at once when there are many, and when somebody asks', () => {
    const { buffer, written } = buffered();
    buffer.write('x'.repeat(70_000));
    expect(written).toHaveLength(1);
    buffer.write('y');
    buffer.flushSync();
    buffer.flushSync();
    expect(written.slice(1)).toEqual(['y']);
  });

  test('are whole and in order, however long they are', () => {
    const { buffer, written } = buffered();
    const texts = Array.from(
      { length: 300 },
      (_, n) => `${n} ${'ö€😀x'.repeat((n * 37) % 1_000)}\n`,
    );
    texts.splice(150, 0, `${'€'.repeat(70_000)}\n`);
    for (const text of texts) buffer.write(text);
    buffer.flushSync();
    expect(written.length).toBeGreaterThan(3);
    expect(written.join('')).toBe(texts.join(''));
  });
});
