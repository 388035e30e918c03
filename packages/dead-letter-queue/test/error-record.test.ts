import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type ErrorRecord, fingerprintOf, recordOf } from '@chimera/dead-letter-queue';
import { errorRecord } from '../src/error-record.ts';

function circular(): object {
  const circle: { self?: object } = {};
  circle.self = circle;
  return circle;
}

const bare = (error: unknown) =>
  JSON.parse(
    JSON.stringify(recordOf(error), (key, value: unknown) => (key === 'stack' ? undefined : value)),
  ) as unknown;

describe('what was thrown becomes a record', () => {
  it('with every cause, each under its code or name', () => {
    const root = Object.assign(new Error('reset by peer'), { code: 'ECONNRESET' });
    const error = new TypeError('no answer', { cause: new Error('lost', { cause: root }) });
    expect(bare(error)).toEqual({
      code: 'TypeError',
      message: 'no answer',
      retryable: true,
      cause: {
        code: 'Error',
        message: 'lost',
        retryable: true,
        cause: { code: 'ECONNRESET', message: 'reset by peer', retryable: true },
      },
    });
  });

  it('with its stack', () => {
    const error = new Error('no answer');
    expect(recordOf(error).stack).toBe(error.stack);
  });

  it('keeping what the error says about retries', () => {
    expect(bare(Object.assign(new Error('bad input'), { retryable: false }))).toMatchObject({
      retryable: false,
    });
  });

  it('with all the errors of an AggregateError', () => {
    const both = new AggregateError([new RangeError('one'), 'two'], 'both');
    expect(bare(both)).toMatchObject({
      code: 'AggregateError',
      details: {
        errors: [
          { code: 'RangeError', message: 'one' },
          { code: 'UNKNOWN', message: 'two' },
        ],
      },
    });
  });

  it('even when its causes go round in a circle', () => {
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });
    let depth = 0;
    for (let at: ErrorRecord | undefined = recordOf(first); at !== undefined; at = at.cause)
      depth += 1;
    expect(depth).toBe(16);
  });

  it('of an error of another realm, as of one of this', () => {
    const foreign = runInNewContext(
      `Object.assign(new TypeError('x', { cause: new RangeError('y') }), { code: 'E_X' })`,
    ) as unknown;
    expect(foreign).not.toBeInstanceOf(Error);
    expect(bare(foreign)).toEqual({
      code: 'E_X',
      message: 'x',
      retryable: true,
      cause: { code: 'RangeError', message: 'y', retryable: true },
    });
    expect(recordOf(foreign).stack).toContain('TypeError: x');
  });

  it.each([
    ['boom', 'boom'],
    [{ status: 500 }, '{"status":500}'],
    [undefined, 'undefined'],
    [10n, '10'],
    [Symbol('x'), 'Symbol(x)'],
    [circular(), '[object Object]'],
    [Object.assign(Object.create(null) as object, circular()), '[object Object]'],
  ])('even when it is %s', (thrown, message) => {
    expect(recordOf(thrown)).toEqual({ code: 'UNKNOWN', message, retryable: true });
  });

  it.each([circular(), { deep: [10n] }])('of a record, what JSON can hold', (details) => {
    const record = { code: 'X', message: 'm', retryable: false };
    expect(recordOf({ ...record, details })).toEqual(record);
    const cause = { ...record, code: 'Y', cause: circular() };
    expect(bare(new Error('outer', { cause }))).toMatchObject({ cause: { ...record, code: 'Y' } });
  });

  it.each([
    [{ message: undefined }, { code: 'Error', message: 'undefined' }],
    [{ message: { status: 500 } }, { code: 'Error', message: '{"status":500}' }],
    [{ name: 5 }, { code: '5', message: 'broken' }],
    [{ stack: ['a call site'] }, { code: 'Error', message: 'broken' }],
  ])('that can be read again, of an error whose fields are no texts: %j', (fields, record) => {
    const stored = JSON.stringify(recordOf(Object.assign(new Error('broken'), fields)));
    const read = errorRecord.parse(JSON.parse(stored));
    expect(read).toMatchObject({ ...record, retryable: true });
    expect(fingerprintOf(read, undefined, undefined)).toBe(`${record.code}/-/-`);
  });

  it('as it is when it is one', () => {
    const record = { code: 'X', message: 'm', retryable: false, details: { exitCode: 1 } };
    expect(recordOf(record)).toBe(record);
  });
});

describe('a fingerprint', () => {
  const root = { code: 'ECONNRESET', message: 'reset', retryable: true };
  const error = { code: 'AGENT_FAILED', message: 'gave up', retryable: true, cause: root };

  it('names the root cause, not what was made of it', () => {
    expect(fingerprintOf(error, 'code', 'coder')).toBe('ECONNRESET/code/coder');
  });

  it('does not depend on messages', () => {
    const other = { ...error, cause: { ...root, message: 'reset by 10.0.0.7' } };
    expect(fingerprintOf(other, 'code', undefined)).toBe(fingerprintOf(error, 'code', undefined));
  });

  it('can be stored in PostgreSQL, whatever the code', () => {
    expect(fingerprintOf({ ...root, code: 'a\0b' }, 'code', undefined)).toBe('a%00b/code/-');
  });

  it('keeps its parts apart', () => {
    expect(fingerprintOf(root, 'a/b', 'c')).not.toBe(fingerprintOf(root, 'a', 'b/c'));
  });
});
