import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  classifyAbort,
  classifyError,
  type Judgement,
  msFrom,
  retryAfterOf,
  verdictOf,
} from '../src/classify.ts';

const refusal = Object.assign(new Error('below'), { isRejection: true });
const timeout = new DOMException('slow', 'TimeoutError');
const abort = new DOMException('enough', 'AbortError');

const judgement: Judgement = {
  classifyError,
  classifyResult: undefined,
  retryAfter: retryAfterOf,
};

function broken(): never {
  throw new Error('a bug');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('unless told otherwise', () => {
  test.each([
    [new Error('down'), 'failure'],
    [timeout, 'failure'],
    [undefined, 'failure'],
    [null, 'failure'],
    ['AbortError', 'failure'],
    [refusal, 'ignored'],
    [abort, 'ignored'],
    [{ name: 'AbortError' }, 'ignored'],
  ] as const)('what fails with %s is a %s', (error, verdict) => {
    expect(classifyError(error)).toBe(verdict);
    expect(verdictOf('error', error, judgement)).toBe(verdict);
  });

  test.each([
    [timeout, 'failure'],
    [abort, 'ignored'],
    [new Error('enough'), 'ignored'],
    [undefined, 'ignored'],
    [null, 'ignored'],
  ] as const)('what is aborted because of %s is a %s', (reason, verdict) => {
    expect(classifyAbort(reason)).toBe(verdict);
  });

  test('any result is a success, be it an error', () => {
    expect(verdictOf('result', new Error('returned'), judgement)).toBe('success');
  });

  test('a permit’s own verdict stands', () => {
    const strict: Judgement = {
      ...judgement,
      classifyError: () => 'trip',
      classifyResult: () => 'trip',
    };
    for (const verdict of ['success', 'failure', 'ignored', 'trip'] as const) {
      expect(verdictOf(verdict, new Error('x'), strict)).toBe(verdict);
    }
    expect(verdictOf('error', abort, strict)).toBe('trip');
    expect(verdictOf('result', 1, strict)).toBe('trip');
  });
});

test('a judge that throws is heard on the console, and changes no outcome', () => {
  const heard = vi.spyOn(console, 'error').mockImplementation(() => {});
  const broke = { ...judgement, classifyError: broken, classifyResult: broken, retryAfter: broken };
  expect(verdictOf('error', abort, broke)).toBe('failure');
  expect(verdictOf('result', 1, broke)).toBe('success');
  expect(msFrom(broke.retryAfter, { retryAfterMs: 5 })).toBeUndefined();
  expect(heard.mock.calls.map(([message]) => message)).toEqual(
    Array.from({ length: 3 }, () => 'chimera: a callback threw'),
  );
});

describe('how long evidence asks to be left alone', () => {
  test.each([
    [0, 0],
    [700, 700],
    [600_000, 600_000],
    [600_001, 600_000],
    [Infinity, 600_000],
    [-1, undefined],
    [Number.NaN, undefined],
    ['700', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%s is heard as %s', (retryAfterMs, ms) => {
    expect(msFrom(judgement.retryAfter, { retryAfterMs })).toBe(ms);
  });

  test('is nothing without evidence', () => {
    expect(msFrom(judgement.retryAfter, undefined)).toBeUndefined();
    expect(msFrom(judgement.retryAfter, null)).toBeUndefined();
  });
});
