import { describe, expect, it } from 'vitest';
import { type ErrorRecord, fingerprintOf, recordOf } from '@chimera/dead-letter-queue';

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

  it.each([
    ['boom', 'boom'],
    [{ status: 500 }, '{"status":500}'],
    [undefined, 'undefined'],
  ])('even when it is %j', (thrown, message) => {
    expect(recordOf(thrown)).toEqual({ code: 'UNKNOWN', message, retryable: true });
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

  it('keeps its parts apart', () => {
    expect(fingerprintOf(root, 'a/b', 'c')).not.toBe(fingerprintOf(root, 'a', 'b/c'));
  });
});
