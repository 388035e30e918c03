import { describe, expect, it } from 'vitest';
import { anyOf, hasCode, inPhase, isInstance } from '../src/index.ts';

const coded = (code: unknown, cause?: unknown) => Object.assign(new Error('x'), { code, cause });

/** An error with `code` that was passed on `times` times. */
function wrapped(code: string, times: number): unknown {
  let error: unknown = coded(code);
  for (let layer = 0; layer < times; layer += 1) error = new Error('layer', { cause: error });
  return error;
}

describe('one of several is enough', () => {
  it('for hasCode', () => {
    const isNetwork = hasCode('ECONNRESET', 'ETIMEDOUT', 429);
    expect(isNetwork(coded('ECONNRESET'), undefined)).toBe(true);
    expect(isNetwork(coded(429), undefined)).toBe(true);
    expect(isNetwork(coded('429'), undefined)).toBe(false);
  });

  it('for isInstance', () => {
    const isWrongInput = isInstance(TypeError, RangeError);
    expect(isWrongInput(new TypeError('x'), undefined)).toBe(true);
    expect(isWrongInput(new RangeError('x'), undefined)).toBe(true);
    expect(isWrongInput(new Error('x'), undefined)).toBe(false);
  });

  it('for inPhase, whether the phase is told or noted on the error', () => {
    const isEarly = inPhase('connect', 'handshake');
    expect(isEarly(new Error('x'), 'handshake')).toBe(true);
    expect(isEarly(Object.assign(new Error('x'), { phase: 'connect' }), 'read')).toBe(true);
    expect(isEarly(new Error('x'), 'read')).toBe(false);
  });

  it('for anyOf', () => {
    const isPassing = anyOf(hasCode('ECONNRESET'), isInstance(RangeError));
    expect(isPassing(coded('ECONNRESET'), undefined)).toBe(true);
    expect(isPassing(new RangeError('x'), undefined)).toBe(true);
    expect(isPassing(new Error('x'), undefined)).toBe(false);
  });
});

describe('hasCode looks through causes', () => {
  it('to the ninth, and no further', () => {
    expect(hasCode('EPIPE')(wrapped('EPIPE', 9), undefined)).toBe(true);
    expect(hasCode('EPIPE')(wrapped('EPIPE', 10), undefined)).toBe(false);
  });

  it('and comes back from a circle of them', () => {
    const error = coded('A');
    error.cause = error;
    expect(hasCode('B')(error, undefined)).toBe(false);
  });
});
