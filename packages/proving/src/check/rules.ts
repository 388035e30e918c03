import { integerOption, numberOption } from '@chimera/policy';

/** What a circuit breaker promises. Durations in ms. */
export interface BreakerRules {
  readonly kind: 'breaker';
  /** Failures in a row that open it; undefined when it opens by another rule. */
  readonly failuresInARow: number | undefined;
  readonly openForMs: number;
  /** Probes that decide, and the most that are let through while half-open. */
  readonly probes: number;
  /** A probe that takes longer has failed. */
  readonly probeTimeoutMs: number;
}

/** What a retry policy promises. */
export interface RetryRules {
  readonly kind: 'retry';
  readonly maxRetries: number;
  /** The first delay. */
  readonly baseMs: number;
  readonly factor: number;
  /** No delay is longer. */
  readonly capMs: number;
  /** How a delay v = min(cap, base·factorⁿ) is spread: `full` [0, v], `equal` [v/2, v], a number ± that share of v. */
  readonly jitter: 'none' | 'full' | 'equal' | 'decorrelated' | number;
  /** Does it honour how long an error asks to wait (`retryAfterMs`), up to this? 0 when it does not. */
  readonly hintCapMs: number;
  /** Does it heed the deadline of a call? */
  readonly heedsDeadline: boolean;
  /** At most `burst` + `share` × calls are retries; undefined when there is no budget. */
  readonly budget: { readonly burst: number; readonly share: number } | undefined;
}

/** What a bulkhead promises. */
export interface BulkheadRules {
  readonly kind: 'bulkhead';
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  /** How long a call may wait before it is refused; Infinity when there is no bound. */
  readonly maxWaitMs: number;
}

/** What a rate limit promises: `max` at once and `max` per `perMs` over time, or never more than `max` in any span. */
export interface RateLimitRules {
  readonly kind: 'rate-limit';
  readonly rule: 'token-bucket' | 'sliding-window';
  readonly max: number;
  readonly perMs: number;
}

/** What a timeout promises: an answer within `afterMs`. */
export interface TimeoutRules {
  readonly kind: 'timeout';
  readonly afterMs: number;
}

export type Rules = BreakerRules | RetryRules | BulkheadRules | RateLimitRules | TimeoutRules;

export type Kind = Rules['kind'];

const owner = 'proving';

/** @throws RangeError for a wrong option, as the others do. */
export function breaker(rules: {
  readonly failuresInARow?: number;
  readonly openForMs: number;
  readonly probes?: number;
  readonly probeTimeoutMs?: number;
}): BreakerRules {
  const { failuresInARow, openForMs, probes = 1, probeTimeoutMs = 300_000 } = rules;
  return {
    kind: 'breaker',
    failuresInARow:
      failuresInARow === undefined
        ? undefined
        : integerOption(owner, 'failuresInARow', failuresInARow, 1),
    openForMs: numberOption(owner, 'openForMs', openForMs, 1),
    probes: integerOption(owner, 'probes', probes, 1),
    probeTimeoutMs: numberOption(owner, 'probeTimeoutMs', probeTimeoutMs, 1),
  };
}

export function retry(rules: Partial<Omit<RetryRules, 'kind'>> = {}): RetryRules {
  return {
    kind: 'retry',
    maxRetries: integerOption(owner, 'maxRetries', rules.maxRetries ?? 3, 0),
    baseMs: numberOption(owner, 'baseMs', rules.baseMs ?? 1_000, 0),
    factor: numberOption(owner, 'factor', rules.factor ?? 2, 1),
    capMs: numberOption(owner, 'capMs', rules.capMs ?? 30_000, 0),
    jitter: rules.jitter ?? 'none',
    hintCapMs: numberOption(owner, 'hintCapMs', rules.hintCapMs ?? 0, 0),
    heedsDeadline: rules.heedsDeadline ?? false,
    budget: rules.budget,
  };
}

export function bulkhead(
  rules: Pick<BulkheadRules, 'maxConcurrent'> & Partial<Omit<BulkheadRules, 'kind'>>,
): BulkheadRules {
  const { maxConcurrent, maxQueue = 0, maxWaitMs = Infinity } = rules;
  return {
    kind: 'bulkhead',
    maxConcurrent: integerOption(owner, 'maxConcurrent', maxConcurrent, 1),
    maxQueue: integerOption(owner, 'maxQueue', maxQueue, 0),
    maxWaitMs: numberOption(owner, 'maxWaitMs', maxWaitMs, 0),
  };
}

export function rateLimit(
  rules: Pick<RateLimitRules, 'max' | 'perMs'> & { readonly rule?: RateLimitRules['rule'] },
): RateLimitRules {
  const { rule = 'token-bucket', max, perMs } = rules;
  return {
    kind: 'rate-limit',
    rule,
    max: integerOption(owner, 'max', max, 1),
    perMs: numberOption(owner, 'perMs', perMs, 1),
  };
}

export function timeout(rules: Pick<TimeoutRules, 'afterMs'>): TimeoutRules {
  return { kind: 'timeout', afterMs: numberOption(owner, 'afterMs', rules.afterMs, 1) };
}

/** The durations that the rules name: what a test has to wait for, if it is to get anywhere. */
export function durationsOf(rules: Rules): readonly number[] {
  switch (rules.kind) {
    case 'breaker':
      return [rules.openForMs, rules.probeTimeoutMs];
    case 'retry':
      return [rules.baseMs, rules.capMs].filter((ms) => ms > 0);
    case 'bulkhead':
      return [rules.maxWaitMs].filter((ms) => ms < Infinity);
    case 'rate-limit':
      return [rules.perMs, Math.ceil(rules.perMs / rules.max)];
    case 'timeout':
      return [rules.afterMs];
  }
}

/** How many calls it takes to reach every state, and then some: programs are a few times as long. */
export function depthOf(rules: Rules): number {
  switch (rules.kind) {
    case 'breaker':
      return (rules.failuresInARow ?? 5) + rules.probes + 2;
    case 'retry':
      return 3;
    case 'bulkhead':
      return rules.maxConcurrent + Math.min(rules.maxQueue, 8) + 2;
    case 'rate-limit':
      return Math.min(rules.max, 12) + 2;
    case 'timeout':
      return 3;
  }
}
