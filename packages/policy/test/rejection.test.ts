import { expect, test } from 'vitest';
import { isRejection, RejectionError } from '@chimera/policy';

class GateClosedError extends RejectionError {
  override readonly name = 'GateClosedError';
  readonly code = 'GATE_CLOSED';
}

test('a refusal says that the operation was not called, and when to try again', () => {
  const error = new GateClosedError('Gate is closed; retry in 50 ms', 50);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'GATE_CLOSED', retryAfterMs: 50, isRejection: true });
  expect(new GateClosedError('Gate is closed').retryAfterMs).toBe(undefined);
});

test('refusals are told from failures, also those of another copy of the package', () => {
  expect(isRejection(new GateClosedError('closed'))).toBe(true);
  expect(isRejection({ code: 'OTHER', isRejection: true })).toBe(true);
  for (const other of [new Error('failed'), null, undefined, 'closed', { isRejection: false }]) {
    expect(isRejection(other)).toBe(false);
  }
});
