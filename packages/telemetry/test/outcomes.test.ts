import { RejectionError, TimeoutError, VirtualClock } from '@chimera/policy';
import { trackRequest } from '@chimera/telemetry';
import { expect, it } from 'vitest';
import { world } from './measured-world.ts';

class RefusedError extends RejectionError {
  readonly code = 'REFUSED';
}

async function outcomes(thrown: unknown, ...args: unknown[]): Promise<Record<string, number>> {
  const { telemetry, values } = world();
  const call = trackRequest('call', { telemetry, clock: new VirtualClock() })(async (
    ..._given: unknown[]
  ) => {
    throw thrown;
  });
  await expect(call(...args)).rejects.toBe(thrown);
  const { call_duration_seconds_count: _, ...rest } = await values();
  return rest;
}

const errorOf = (name: string): Record<string, number> => ({
  'call_calls_total{status=error}': 1,
  [`call_errors_total{error_type=${name}}`]: 1,
});

const aborted = { 'call_calls_total{status=aborted}': 1 };

it('an AbortError is an abort', async () => {
  expect(await outcomes(new DOMException('stopped', 'AbortError'))).toEqual(aborted);
  const caused = Object.assign(new Error('x', { cause: 'left' }), { name: 'AbortError' });
  expect(await outcomes(caused)).toEqual(aborted);
});

it('the reason of an aborted signal among the arguments is an abort', async () => {
  const reason = new Error('user left');
  const signal = AbortSignal.abort(reason);
  expect(await outcomes(reason, 1, signal)).toEqual(aborted);
  expect(await outcomes(reason, { signal })).toEqual(aborted);
  expect(await outcomes('left', { signal: AbortSignal.abort('left') })).toEqual(aborted);
});

it('the same error without such a signal is an error', async () => {
  const error = { 'call_calls_total{status=error}': 1, 'call_errors_total{error_type=Error}': 1 };
  const reason = new Error('user left');
  expect(await outcomes(reason)).toEqual(error);
  expect(await outcomes(reason, AbortSignal.abort(new Error('other')))).toEqual(error);
  expect(await outcomes(reason, new AbortController().signal)).toEqual(error);
});

it('a timeout is an error, also behind an abort', async () => {
  const reason = new DOMException('too late', 'TimeoutError');
  expect(await outcomes(reason, AbortSignal.abort(reason))).toEqual(errorOf('TimeoutError'));
  const wrapped = Object.assign(new Error('x', { cause: reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
  expect(await outcomes(wrapped)).toEqual(errorOf('TimeoutError'));
  expect(await outcomes(new TimeoutError('timeout', 5))).toEqual(errorOf('TIMEOUT'));
});

it('a refusal by a policy is neither', async () => {
  expect(await outcomes(new RefusedError('no'))).toEqual({
    'call_calls_total{status=rejected}': 1,
  });
});
