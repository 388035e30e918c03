import { VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decide, type RetryRules } from '../src/decide.ts';
import {
  elapsed,
  type RetryEvent,
  type RetryOptions,
  RetryPolicy,
  unwanted,
  UnwantedResult,
} from '../src/index.ts';

/** What an attempt does, after so many ms. */
type Act = 'succeed' | 'busy' | 'fail' | 'fatal' | 'abort' | 'refuse';
interface Step {
  readonly act: Act;
  readonly afterMs: number;
}

const errors = {
  fail: new Error('fail'),
  fatal: new Error('fatal'),
  abort: Object.assign(new Error('abort'), { name: 'AbortError' }),
  refuse: Object.assign(new Error('refuse'), { isRejection: true, retryAfterMs: 700 }),
};

const stopIf = (error: unknown) => error === errors.fatal;
const backoff = (retry: number) => (retry % 3) * 250;

interface Trace {
  readonly calledAt: readonly number[];
  readonly outcome: unknown;
  readonly endedAt: number;
  readonly delays: readonly number[];
  readonly stopped: string | undefined;
}

/** The call as the pure decision alone would have it: a loop over a script, with its own time. */
function predicted(
  steps: readonly Step[],
  rules: RetryRules,
  limitMs: number,
  deadline: number,
): Trace {
  const calledAt: number[] = [];
  const delays: number[] = [];
  let now = 0;
  for (let retries = 0; ; retries += 1) {
    calledAt.push(now);
    const { act, afterMs } = steps[retries] ?? { act: 'succeed', afterMs: 0 };
    now += afterMs;
    if (act === 'succeed') {
      return { calledAt, outcome: act, endedAt: now, delays, stopped: undefined };
    }
    const isResult = act === 'busy';
    const error = isResult ? new UnwantedResult(act) : errors[act];
    const decision = decide(rules, {
      error,
      retries,
      spareMs: limitMs - now,
      remainingMs: deadline - now,
      nowMs: 0,
      random: () => 0.5,
    });
    if (!decision.retry) {
      const outcome = isResult ? act : error;
      return { calledAt, outcome, endedAt: now, delays, stopped: decision.reason };
    }
    delays.push(decision.delayMs);
    now += decision.delayMs;
  }
}

async function observed(
  steps: readonly Step[],
  options: RetryOptions,
  deadline: number,
): Promise<Trace> {
  const clock = new VirtualClock();
  const calledAt: number[] = [];
  const delays: number[] = [];
  let stopped: string | undefined;
  const onEvent = (event: RetryEvent) => {
    if (event.type === 'retry') delays.push(event.delayMs);
    if (event.type === 'stopped') stopped = event.reason;
  };
  const policy = new RetryPolicy(options, { clock, onEvent });
  let endedAt = NaN;
  const outcome = policy
    .execute(
      ({ attempt }) => {
        calledAt.push(clock.monotonic());
        const { act, afterMs } = steps[attempt - 1] ?? { act: 'succeed', afterMs: 0 };
        return new Promise((resolve, reject) => {
          clock.setTimer(() => {
            if (act === 'succeed' || act === 'busy') resolve(act);
            else reject(errors[act]);
          }, afterMs);
        });
      },
      deadline < Infinity ? { deadline } : undefined,
    )
    .catch((error: unknown) => error)
    .finally(() => {
      endedAt = clock.monotonic();
    });
  await clock.runAll();
  return { calledAt, outcome: await outcome, endedAt, delays, stopped };
}

it('the policy runs a call exactly as the pure decision says', async () => {
  const acts = fc.constantFrom<Act>('succeed', 'busy', 'fail', 'fail', 'fatal', 'abort', 'refuse');
  const steps = fc.array(fc.record({ act: acts, afterMs: fc.nat(600) }), { maxLength: 8 });
  const options = fc.record({
    maxRetries: fc.nat(6),
    limitMs: fc.option(fc.nat(4_000), { nil: Infinity }),
  });
  const deadlines = fc.option(fc.nat(4_000), { nil: Infinity });
  await fc.assert(
    fc.asyncProperty(
      steps,
      options,
      deadlines,
      async (script, { maxRetries, limitMs }, deadline) => {
        const rules: RetryRules = {
          maxRetries,
          backoff,
          stopIf,
        };
        const settings: RetryOptions = {
          maxRetries,
          ...(limitMs < Infinity && { maxElapsed: elapsed(limitMs) }),
          backoff,
          stopIf,
          retryResult: unwanted((result) => result === 'busy'),
        };
        expect(await observed(script, settings, deadline)).toEqual(
          predicted(script, rules, limitMs, deadline),
        );
      },
    ),
    { numRuns: 200 },
  );
});
