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

/** What is logged of the end of a workflow. */
function linesOf(record: WorkflowRecord, level = 'info'): string[] {
  const lines: string[] = [];
  const log = createLog(level, { write: (line: string) => void lines.push(line) });
  const clock = new VirtualClock(Date.UTC(2026, 0, 1, 0, 0, 59) + 7);
  const applied = { commands: [], others: [], record } as unknown as Applied;
  workflowLog(log, clock).applied?.({} as ApplyRequest, applied);
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

  test('has the line that the log would have written, whatever its names are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', '\\', '\u2028', '\u001b[2J', '\ud800', 'sk-proj-abcdefghijklmnopqrstuv'),
    );
    fc.assert(
      fc.property(name, name, (definition, phase) => {
        const state = { status: 'completed', phase, retries: 0 };
        const record = recordOf({ definition, state });
        const [fast = ''] = linesOf(record);
        const lines: string[] = [];
        const log = createLog('info', { write: (line: string) => void lines.push(line) });
        const { context, level, msg, service, time, ...fields } = JSON.parse(fast) as Record<
          string,
          object
        >;
        log.info({ ...fields, workflow_phase: phase, definition }, 'x');
        const other = JSON.parse(lines[0] ?? '') as Record<string, object>;
        expect(fast.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e\ufeff]/u);
        expect(fields['workflow_phase']).toEqual(other['workflow_phase']);
        expect(context).toMatchObject(other['context'] ?? {});
        expect(Object.keys(fields).toSorted()).toEqual(
          ['component', 'span_id', 'task_id', 'trace_id', 'workflow_phase'].toSorted(),
        );
        expect([level, msg, service, typeof time]).toEqual([
          'info',
          'workflow completed',
          'chimera',
          'string',
        ]);
      }),
    );
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

function buffered() {
  const written: string[] = [];
  const clock = new VirtualClock();
  const buffer = new LineBuffer({ write: (text) => void written.push(text) }, clock);
  const counts = () => written.map((text) => text.split('\n').length - 1);
  return { buffer, clock, counts, log: createLog('info', buffer), written };
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
});
