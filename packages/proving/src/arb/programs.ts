import { depthOf, durationsOf, type RetryRules, type Rules } from '../check/rules.ts';
import type { Attempt, Program, Step } from '../check/step.ts';
import type { Arbitrary, FastCheck } from './fast-check.ts';

/**
 * Programs for a policy, for `perform` and for properties of your own. As long as it takes to reach
 * every state (fast-check's commands stop at ten, where a breaker's bugs begin), with waits that aim
 * at what can fall due.
 */
export function programs(fc: FastCheck, rules: Rules): Arbitrary<Program> {
  const [first = 1_000, ...others] = durationsOf(rules);
  const nth = fc.nat(5);
  const gives = fc.constantFrom('S', 'F', 'X');
  const wait = fc.oneof(fc.nat(10), fc.constantFrom(first, ...others), fc.nat(first));
  const start = fc.constant({ do: 'start', heeds: true } as const);
  const steps: readonly { readonly arbitrary: Arbitrary<Step>; readonly weight: number }[] = [
    { arbitrary: rules.kind === 'retry' ? scripted(fc, rules) : start, weight: 30 },
    { arbitrary: fc.record({ do: fc.constant('end'), nth, gives }), weight: 30 },
    {
      arbitrary: fc.record({
        do: fc.constant('await'),
        nth: fc.nat(2),
        plus: fc.constantFrom(0, -1, 1),
      }),
      weight: 20,
    },
    { arbitrary: fc.record({ do: fc.constant('wait'), ms: wait }), weight: 6 },
    { arbitrary: fc.record({ do: fc.constant('abort'), nth }), weight: 6 },
    {
      arbitrary: fc.record({
        do: fc.constant('jump'),
        ms: fc.integer({ min: -100_000, max: 100_000 }),
      }),
      weight: 3,
    },
    { arbitrary: fc.constant({ do: 'restart' }), weight: 2 },
  ];
  return fc.array(fc.oneof(...steps), { maxLength: 5 * depthOf(rules), size: 'max' });
}

function scripted(fc: FastCheck, { hintCapMs, maxRetries }: RetryRules): Arbitrary<Step> {
  const gives = fc.constantFrom('S', 'F', 'X');
  const plain = fc.record({ gives, afterMs: fc.nat(1_000) });
  const asking = fc.record({ gives, afterMs: fc.nat(1_000), hintMs: fc.nat(2 * hintCapMs) });
  const attempt: Arbitrary<Attempt> = hintCapMs > 0 ? fc.oneof(plain, asking) : plain;
  const script = fc.array(attempt, { minLength: 1, maxLength: Math.min(maxRetries, 12) + 2 });
  return fc.record({ do: fc.constant('start'), script });
}
