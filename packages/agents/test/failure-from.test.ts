import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureFrom } from '../src/failure-from.ts';

test('keeps code, message, stack and the chain of causes', () => {
  const disk = Object.assign(new Error('disk full'), { code: 'ENOSPC', retryable: false });
  const record = failureFrom(new TypeError('cannot write', { cause: disk }));
  expect(record).toEqual({
    code: 'AGENT_THREW',
    message: 'cannot write',
    retryable: true,
    details: { name: 'TypeError', stack: expect.stringContaining('TypeError: cannot write') },
    cause: {
      code: 'ENOSPC',
      message: 'disk full',
      retryable: false,
      details: { name: 'Error', stack: expect.stringContaining('disk full') },
    },
  });
});

test('takes defaults for what an error does not say', () => {
  expect(failureFrom(new Error('x'), { code: 'AGENT_BROKEN', retryable: false })).toMatchObject({
    code: 'AGENT_BROKEN',
    retryable: false,
  });
});

test('the first of several errors is the cause', () => {
  const error = new AggregateError([new Error('one'), new Error('two')], 'both failed');
  expect(failureFrom(error)).toMatchObject({
    message: 'both failed',
    details: { errors: 2 },
    cause: { message: 'one' },
  });
});

test('a circle of causes ends', () => {
  const error = new Error('round');
  error.cause = error;
  let depth = 0;
  for (let record = failureFrom(error); record.cause !== undefined; record = record.cause) {
    depth += 1;
  }
  expect(depth).toBe(5);
});

test.each([
  ['plain text', 'plain text'],
  [{ status: 500 }, '{"status":500}'],
  [undefined, 'undefined'],
  [1n, '[object BigInt]'],
])('%s may be thrown too', (thrown, message) => {
  expect(failureFrom(thrown)).toEqual({ code: 'AGENT_THREW', message, retryable: true });
});

test.each([42, 10n, { toJSON: () => 1n }, 'N'.repeat(5_000)])(
  'an error with a name that is none is told all the same',
  (name) => {
    for (const message of ['disk full', '']) {
      const record = failureFrom(Object.assign(new Error(message), { name }));
      expect(record).toMatchObject({ code: 'AGENT_THREW', retryable: true });
      expect(record.message).toMatch(message);
      expect(JSON.parse(JSON.stringify(record))).toEqual(record);
      expect(JSON.stringify(record.details).length).toBeLessThan(2_500);
    }
  },
);

test('whatever is thrown fits into 10 000 characters a link and survives JSON', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 5_000 }), fc.anything(), (message, cause) => {
      for (const thrown of [new Error(message, { cause }), message, cause]) {
        const record = failureFrom(thrown);
        expect(JSON.stringify(record).length).toBeLessThan(60_000);
        expect(JSON.parse(JSON.stringify(record))).toEqual(record);
      }
    }),
  );
});
