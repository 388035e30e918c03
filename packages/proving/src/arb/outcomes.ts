import type { Attempt } from '../check/step.ts';
import type { Arbitrary, FastCheck } from './fast-check.ts';
import { latencies } from './latencies.ts';
import type { Latency } from './latency.ts';

/** How one call to a dependency goes; `hangs` never ends. */
export type Outcome = Attempt | 'hangs';

export interface OutcomeOptions {
  /** Default: exponential with a mean of 100 ms. */
  readonly latency?: Latency;
  /** Are there calls that never end? Default true. */
  readonly hangs?: boolean;
  /** Are there errors that say nothing of what was called? Default true. */
  readonly excluded?: boolean;
}

/** Outcome after outcome of a dependency; shrinks towards few, fast and successful ones. */
export function outcomes(
  fc: FastCheck,
  { latency, hangs = true, excluded = true }: OutcomeOptions = {},
): Arbitrary<readonly Outcome[]> {
  const ended = fc.record({
    gives: fc.constantFrom(...(excluded ? (['S', 'F', 'X'] as const) : (['S', 'F'] as const))),
    afterMs: latencies(fc, latency ?? { shape: 'exponential', meanMs: 100 }),
  });
  const outcome: Arbitrary<Outcome> = hangs
    ? fc.oneof(
        { arbitrary: ended, weight: 9 },
        { arbitrary: fc.constant('hangs' as const), weight: 1 },
      )
    : ended;
  return fc.array(outcome, { size: '+1' });
}
