import { choiceOption, type Duration, durationOption } from '@chimera/policy';
import type { HalfOpenBound } from './circuit-state.ts';
import { closed, expire, open } from './state.ts';

/**
 * Bounds how long a circuit may be half-open without a decision, and says what follows.
 * @throws RangeError when it is less than 1 ms.
 */
export function atMost(duration: Duration, then: 'open' | 'closed' = 'open'): HalfOpenBound {
  const owner = 'circuit-breaker';
  const next = choiceOption(owner, 'what follows halfOpenMaxWait', then, ['open', 'closed']);
  const ms = durationOption(owner, 'halfOpenMaxWait', duration, 1);
  return (before, at, rules) => {
    const endsAt = before.enteredAt + ms;
    const state = expire(before, Math.min(at, endsAt), rules);
    if (state.status !== 'half-open' || at < endsAt) return state;
    return next === 'closed'
      ? closed(state.epoch + 1, rules.detector.empty)
      : open(state, 1, endsAt, 'no word from probes', undefined, rules);
  };
}
