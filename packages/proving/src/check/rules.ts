import { choiceOption, integerOption, numberOption, refuseOption } from '@chimera/policy';
import { onlyKnown } from './only-known.ts';

/** What a circuit breaker promises. Durations in ms. */
export interface BreakerRules {
  readonly kind: 'breaker';
  /** Failures in a row that open it; undefined when it opens by another rule. */
  readonly failuresInARow: number | undefined;
  readonly openForMs: number;
  /** Probes that decide, and the most that are let through while half-open. */
  readonly probes: number;
  /** A probe that takes longer has failed; Infinity when one that hangs may hold its place for ever. */
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

const fields: Readonly<Record<Kind, readonly string[]>> = {
  breaker: ['failuresInARow', 'openForMs', 'probes', 'probeTimeoutMs'],
  retry: [
    'maxRetries',
    'baseMs',
    'factor',
    'capMs',
    'jitter',
    'hintCapMs',
    'heedsDeadline',
    'budget',
  ],
  bulkhead: ['maxConcurrent', 'maxQueue', 'maxWaitMs'],
  'rate-limit': ['max', 'perMs', 'rule'],
  timeout: ['afterMs'],
};

/** @throws RangeError for a wrong option and for one that it does not know, as the others do. */
export function breaker(rules: {
  readonly failuresInARow?: number | undefined;
  readonly openForMs: number;
  readonly probes?: number;
  readonly probeTimeoutMs?: number;
}): BreakerRules {
  onlyFieldsOf('breaker', rules);
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
  onlyFieldsOf('retry', rules);
  return {
    kind: 'retry',
    maxRetries: integerOption(owner, 'maxRetries', rules.maxRetries ?? 3, 0),
    baseMs: numberOption(owner, 'baseMs', rules.baseMs ?? 1_000, 0),
    factor: numberOption(owner, 'factor', rules.factor ?? 2, 1),
    capMs: numberOption(owner, 'capMs', rules.capMs ?? 30_000, 0),
    jitter: jitterOption(rules.jitter ?? 'none'),
    hintCapMs: numberOption(owner, 'hintCapMs', rules.hintCapMs ?? 0, 0),
    heedsDeadline: booleanOption('heedsDeadline', rules.heedsDeadline ?? false),
    budget: budgetOption(rules.budget),
  };
}

export function bulkhead(
  rules: Pick<BulkheadRules, 'maxConcurrent'> & Partial<Omit<BulkheadRules, 'kind'>>,
): BulkheadRules {
  onlyFieldsOf('bulkhead', rules);
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
  onlyFieldsOf('rate-limit', rules);
  const { rule = 'token-bucket', max, perMs } = rules;
  return {
    kind: 'rate-limit',
    rule: choiceOption(owner, 'rule', rule, ['token-bucket', 'sliding-window']),
    max: integerOption(owner, 'max', max, 1),
    perMs: numberOption(owner, 'perMs', perMs, 1),
  };
}

export function timeout(rules: Pick<TimeoutRules, 'afterMs'>): TimeoutRules {
  onlyFieldsOf('timeout', rules);
  return { kind: 'timeout', afterMs: numberOption(owner, 'afterMs', rules.afterMs, 1) };
}

/** Rules that may have been written by hand, checked and with their defaults. */
export function readRules(rules: Rules): Rules {
  if (Object(rules) !== rules) refuseOption(owner, 'rules', 'an object', rules);
  const kind = choiceOption(owner, 'kind', rules.kind, Object.keys(fields) as Kind[]);
  const read = { breaker, retry, bulkhead, 'rate-limit': rateLimit, timeout }[kind];
  return read(rules as never);
}

/** `kind` may be there: rules can be made of others of their kind. */
function onlyFieldsOf(kind: Kind, rules: object): void {
  if (Object(rules) !== rules) refuseOption(owner, `a ${kind}`, 'an object', rules);
  const { kind: given = kind, ...rest } = rules as { readonly kind?: Kind };
  choiceOption(owner, 'kind', given, [kind]);
  onlyKnown(owner, `a ${kind}`, rest, fields[kind]);
}

function jitterOption(jitter: RetryRules['jitter']): RetryRules['jitter'] {
  const isKnown =
    typeof jitter === 'number'
      ? jitter >= 0 && jitter <= 1
      : ['none', 'full', 'equal', 'decorrelated'].includes(jitter);
  if (isKnown) return jitter;
  const rule = "'none', 'full', 'equal', 'decorrelated' or a number from 0 to 1";
  return refuseOption(owner, 'jitter', rule, jitter);
}

function booleanOption(option: string, value: boolean): boolean {
  return typeof value === 'boolean' ? value : refuseOption(owner, option, 'true or false', value);
}

function budgetOption(budget: RetryRules['budget']): RetryRules['budget'] {
  if (budget === undefined) return undefined;
  if (Object(budget) !== budget) refuseOption(owner, 'budget', 'an object', budget);
  onlyKnown(owner, 'a budget', budget, ['burst', 'share']);
  return {
    burst: numberOption(owner, 'budget.burst', budget.burst, 0),
    share: numberOption(owner, 'budget.share', budget.share, 0),
  };
}

/** The durations that the rules name: what a test has to wait for, if it is to get anywhere. */
export function durationsOf(rules: Rules): readonly number[] {
  switch (rules.kind) {
    case 'breaker':
      return [rules.openForMs, rules.probeTimeoutMs].filter((ms) => ms < Infinity);
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
