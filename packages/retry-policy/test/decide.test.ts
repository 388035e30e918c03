import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Failure, type RetryDecision, type RetryRules } from '../src/decide.ts';
import { retryAfter, UnwantedResult } from '../src/index.ts';

const rules: RetryRules = { maxRetries: 3, backoff: () => 1_000 };
const failure: Failure = {
  error: new Error('down'),
  retries: 0,
  spareMs: Infinity,
  remainingMs: Infinity,
  nowMs: 0,
  random: () => 0.5,
};
const abortError = Object.assign(new Error('gone'), {
  name: 'AbortError',
  cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
});
const refusal = (retryAfterMs: number | undefined) => ({ isRejection: true, retryAfterMs });

interface Row {
  readonly when: string;
  readonly rules?: Partial<RetryRules>;
  readonly failure?: Partial<Failure>;
  readonly decision: RetryDecision;
}

const table: readonly Row[] = [
  { when: 'an error', decision: { retry: true, delayMs: 1_000, reason: 'error' } },
  {
    when: 'an unwanted result',
    failure: { error: new UnwantedResult(503) },
    decision: { retry: true, delayMs: 1_000, reason: 'result' },
  },
  {
    when: 'an unwanted result, and only some errors are retried',
    rules: { retryIf: () => false, stopIf: () => true },
    failure: { error: new UnwantedResult(503) },
    decision: { retry: true, delayMs: 1_000, reason: 'result' },
  },
  {
    when: 'the last retry is left',
    failure: { retries: 2 },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'no retry is left',
    failure: { retries: 3 },
    decision: { retry: false, reason: 'max-retries' },
  },
  {
    when: 'an AbortError',
    failure: { error: abortError },
    decision: { retry: false, reason: 'aborted' },
  },
  {
    when: 'an AbortError that retryIf would take for a network error',
    rules: { retryIf: () => true },
    failure: { error: abortError },
    decision: { retry: false, reason: 'aborted' },
  },
  {
    when: 'retryIf says no',
    rules: { retryIf: () => false },
    decision: { retry: false, reason: 'not-retryable' },
  },
  {
    when: 'stopIf says yes, and retryIf too',
    rules: { retryIf: () => true, stopIf: () => true },
    decision: { retry: false, reason: 'not-retryable' },
  },
  {
    when: 'the error is undefined',
    failure: { error: undefined },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'a hint above the backoff',
    rules: { delayHint: () => 1_500 },
    decision: { retry: true, delayMs: 1_500, reason: 'hint' },
  },
  {
    when: 'a hint far above the backoff, which nothing bounds',
    rules: { delayHint: () => 60_000 },
    decision: { retry: true, delayMs: 60_000, reason: 'hint' },
  },
  {
    when: 'nobody hints',
    rules: { delayHint: () => undefined },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'a hint below the backoff',
    rules: { delayHint: () => 10 },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'a refusal that ends later than the backoff, and than a hint',
    rules: { delayHint: () => 1_500 },
    failure: { error: refusal(60_000) },
    decision: { retry: true, delayMs: 60_000, reason: 'rejection' },
  },
  {
    when: 'a refusal that ends sooner',
    failure: { error: refusal(1) },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'a refusal that does not say when it ends',
    failure: { error: refusal(undefined) },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'the delay ends with the time',
    failure: { spareMs: 1_000 },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'the delay ends after the time',
    failure: { spareMs: 999 },
    decision: { retry: false, reason: 'max-elapsed' },
  },
  {
    when: 'the delay ends before the deadline',
    failure: { remainingMs: 1_001 },
    decision: { retry: true, delayMs: 1_000, reason: 'error' },
  },
  {
    when: 'the delay ends at the deadline',
    failure: { remainingMs: 1_000 },
    decision: { retry: false, reason: 'deadline' },
  },
];

describe('decide', () => {
  it.each(table)('$when → $decision.reason', (row) => {
    expect(decide({ ...rules, ...row.rules }, { ...failure, ...row.failure })).toEqual(
      row.decision,
    );
  });

  it('§2.7 never retries an AbortError, even when a network error caused it', () => {
    const retriesAll = { ...rules, retryIf: () => true, maxRetries: Infinity };
    expect(decide(retriesAll, { ...failure, error: abortError })).toEqual({
      retry: false,
      reason: 'aborted',
    });
  });

  it('refuses a backoff that returns no duration', () => {
    for (const delayMs of [NaN, -1, Infinity]) {
      expect(() => decide({ ...rules, backoff: () => delayMs }, failure)).toThrow(
        `retry-policy: backoff must be ms >= 0, got ${delayMs}`,
      );
    }
  });

  const ms = fc.integer({ min: 0, max: 100_000 });
  const failures = fc.record({
    error: fc.oneof(
      fc.constant(new Error('down')),
      fc.constant(abortError),
      fc.option(ms, { nil: undefined }).map(refusal),
      fc.constant(new UnwantedResult(503)),
    ),
    retries: fc.nat(5),
    spareMs: fc.oneof(ms, fc.constant(Infinity)),
    remainingMs: fc.oneof(ms, fc.constant(Infinity)),
    nowMs: ms,
    random: fc.constant(() => 0.5),
  });
  const ruleSets = fc.record({
    maxRetries: fc.nat(5),
    backoff: ms.map((delayMs) => () => delayMs),
    retryIf: fc.boolean().map((answer) => () => answer),
    stopIf: fc.boolean().map((answer) => () => answer),
    delayHint: fc.option(ms, { nil: undefined }).map((hintMs) => () => hintMs),
  });

  it('grants a retry only within every bound', () => {
    fc.assert(
      fc.property(ruleSets, failures, (someRules, someFailure) => {
        const decision = decide(someRules, someFailure);
        if (!decision.retry) return true;
        return (
          someFailure.retries < someRules.maxRetries &&
          decision.delayMs <= someFailure.spareMs &&
          decision.delayMs < someFailure.remainingMs
        );
      }),
    );
  });

  it('§2.20 a hint never shortens the backoff, nor lengthens it by more than its bound', () => {
    fc.assert(
      fc.property(ruleSets, failures, ms, ms, (someRules, someFailure, hintMs, maxExtra) => {
        const delayHint = retryAfter({ maxExtra, read: () => hintMs });
        const given = { ...someFailure, error: new Error('busy') };
        const decision = decide({ ...someRules, delayHint }, given);
        if (!decision.retry) return true;
        const b = someRules.backoff();
        return decision.delayMs === Math.max(b, Math.min(hintMs, b + maxExtra));
      }),
    );
  });

  it('waits for a refusal at least as long as it says', () => {
    fc.assert(
      fc.property(ruleSets, failures, ms, (someRules, someFailure, retryAfterMs) => {
        const given = { ...someFailure, error: refusal(retryAfterMs) };
        const decision = decide(someRules, given);
        return !decision.retry || decision.delayMs >= retryAfterMs;
      }),
    );
  });

  it('says the same twice, and changes nothing of what it is given', () => {
    fc.assert(
      fc.property(ruleSets, failures, (someRules, someFailure) => {
        const frozen = Object.freeze(someFailure);
        expect(decide(Object.freeze(someRules), frozen)).toEqual(decide(someRules, frozen));
      }),
    );
  });
});
