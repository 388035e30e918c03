import { pipeline, Timeout } from '@chimera/policy';
import { exponential, poisson, queueing, recoveryMs, simulate } from '@chimera/proving/sim';
import { expect, test } from 'vitest';
import { InFlightBudget, type RetryOptions, RetryPolicy } from '../src/index.ts';

/** A load of three quarters of what there is, most of which is gone for so long; ms until it is back. */
async function backAfter(lostMs: number, options: () => RetryOptions) {
  const fromMs = 10_000;
  const run = await simulate({
    demand: poisson(60),
    server: queueing({ slots: 4, service: exponential(50) }),
    client: (site) =>
      pipeline(new RetryPolicy(options(), site), new Timeout({ after: '1s' }, site)),
    triggers: [{ kind: 'capacity', fromMs, forMs: lostMs, lost: 0.75 }],
    runFor: fromMs + lostMs + 60_000,
  });
  return recoveryMs(run, { afterMs: fromMs + lostMs });
}

const withFloor = (floor: number) => () => ({ budget: new InFlightBudget({ floor }) });

test('with the default budget of retries a short loss of slots outlives its cause', async () => {
  expect(await backAfter(1_000, () => ({}))).toBeLessThan(10_000);
  expect(await backAfter(3_000, () => ({}))).toBeUndefined();
});

test('with the floor that the README tells, one of ten seconds does not', async () => {
  expect(await backAfter(10_000, withFloor(20))).toBeLessThan(40_000);
  expect(await backAfter(10_000, withFloor(30))).toBeLessThan(60_000);
});
