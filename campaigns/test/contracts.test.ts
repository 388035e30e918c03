import { Fallback, pipeline, Timeout, VirtualClock } from '@chimera/policy';
import { fallbackLaws, type FallbacksUnderTest } from '@chimera/proving/conformance';
import { expect, test } from 'vitest';

const deadlineMs = 1_000;

/** It keeps no answers, so nothing is asked about old ones. */
function fallbacks(): FallbacksUnderTest {
  const clock = new VirtualClock();
  return {
    alternatives: 2,
    deadlineMs,
    call: (ask) =>
      pipeline(
        new Timeout({ after: deadlineMs }, { clock }),
        new Fallback({ to: (error) => ask(2, error) }),
        new Fallback({ to: (error) => ask(1, error) }),
      ).execute(() => ask(0, undefined)),
    advance: (ms) => clock.advance(ms),
  };
}

test.each(fallbackLaws)('fallbacks under a timeout keep $id $name', async ({ check }) => {
  await expect(check(fallbacks())).resolves.toBeUndefined();
});
