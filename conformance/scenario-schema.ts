import { z } from 'zod';

/** Milliseconds. */
const ms = z.number().nonnegative();
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

/** What a breaker or a retry is told not to count: excluded errors, aborts by the caller, refusals by a policy below. */
const ignores = z.array(z.enum(['excluded', 'aborts', 'refusals'])).readonly();

const opens = z.union([
  z.strictObject({ failuresInARow: z.int().positive(), clearedEveryMs: ms.optional() }),
  z.strictObject({
    failureRate: share,
    /** Whether the rate opens when it is reached, or only when it is exceeded. */
    when: z.enum(['reached', 'exceeded']),
    minCalls: z.int().positive(),
    /** Of the latest calls, or of the latest ms in so many buckets; without it, any window will do. */
    window: z
      .union([
        z.strictObject({ calls: z.int().positive() }),
        z.strictObject({ ms, buckets: z.int().positive() }),
      ])
      .optional(),
    slow: z.strictObject({ overMs: ms, rate: share }).optional(),
  }),
  z.strictObject({
    /** An exponential moving average of successes, over about so many calls; opens below the share. */
    movingAverage: z.int().positive(),
    below: share,
  }),
]);

const growth = z.strictObject({ baseMs: ms, factor: z.number(), capMs: ms });

const breaker = z.strictObject({
  policy: z.literal('breaker'),
  opens,
  /** One duration, one for each opening in turn (the last one repeats), or growing ones. */
  openForMs: z.union([ms, z.array(ms).min(1).readonly(), growth]),
  /** Let through while half-open, and needed to decide. Default 1. */
  probes: z.int().positive().optional(),
  /** Share of the probes that may fail. Default 0. */
  probesMayFail: share.optional(),
  probeTimeoutMs: ms.optional(),
  halfOpenMaxWaitMs: ms.optional(),
  afterMaxWait: z.enum(['open', 'closed']).optional(),
  /** Beyond what the library ignores by itself. */
  ignores: ignores.optional(),
});

const backoff = z.strictObject({
  shape: z.enum(['constant', 'linear', 'exponential', 'smooth-decorrelated']),
  baseMs: ms,
  factor: z.number().optional(),
  capMs: ms.optional(),
  /** A share of the delay, up or down; `default` is the spread that the library uses when asked for some. Default none. */
  jitter: z.union([share, z.enum(['none', 'full', 'default'])]).optional(),
  /** Another base after an error that says "throttled". */
  throttledBaseMs: ms.optional(),
});

const budget = z.union([
  z.strictObject({ inFlight: z.strictObject({ ratio: z.number(), floor: count }) }),
  z.strictObject({
    window: z.strictObject({ ratio: z.number(), reservePerSecond: z.number(), ms }),
  }),
  z.strictObject({
    quota: z.strictObject({ capacity: count, cost: count, throttledCost: count.optional() }),
  }),
]);

const retry = z.strictObject({
  policy: z.literal('retry'),
  /** Attempts after the first. */
  maxRetries: z.union([count, z.literal('unlimited')]),
  backoff,
  maxElapsedMs: ms.optional(),
  /** Results called "bad" are retried. */
  retriesBadResults: z.literal(true).optional(),
  /** `Retry-After` of the error is heeded: it lengthens the delay by at most so much. */
  hintsUpToMs: ms.optional(),
  budget: budget.optional(),
  ignores: ignores.optional(),
});

const rateLimit = z.strictObject({
  policy: z.literal('rate-limit'),
  rule: z.union([
    /** So many calls in each `perMs`, evenly; so many at once after a pause. */
    z.strictObject({ calls: z.int().positive(), perMs: ms, burst: z.int().positive() }),
    /** Growth by CUBIC, from the moment at which calls were throttled at that rate a second; traffic does not bound it. */
    z.strictObject({ cubicFrom: z.number().positive() }),
  ]),
  /** How long a call may wait for its turn. */
  maxWaitMs: ms,
});

const adaptiveLimit = z.strictObject({
  policy: z.literal('adaptive-limit'),
  initial: z.int().positive(),
  rule: z.union([
    /** Additive increase, multiplicative decrease by that ratio. */
    z.strictObject({ aimd: z.strictObject({ backoffRatio: share }) }),
    /** TCP Vegas, which divides the limit by so much when it falls, and makes that share of a step. */
    z.strictObject({ vegas: z.strictObject({ divideBy: z.number(), smoothing: share }) }),
  ]),
});

export const policySpec = z.discriminatedUnion('policy', [
  breaker,
  retry,
  z.strictObject({ policy: z.literal('timeout'), afterMs: ms }),
  z.strictObject({
    policy: z.literal('bulkhead'),
    maxConcurrent: z.int().positive(),
    maxQueue: count,
    /** What a point of priority is worth. */
    ageingMs: ms.optional(),
  }),
  rateLimit,
  adaptiveLimit,
  z.strictObject({
    policy: z.literal('hedge'),
    maxHedges: count,
    delayMs: z.union([ms, z.literal('never')]),
  }),
  z.strictObject({ policy: z.literal('fallback'), value: z.string() }),
]);

/** What one attempt of an operation does; the last of a plan repeats. */
const attempt = z.union([
  z.enum([
    /** Succeeds. */
    'S',
    /** Fails. */
    'F',
    /** Fails with an error that is excluded. */
    'X',
    /** Does not end by itself, nor when its signal is aborted: a `settle` step ends it. */
    'hang',
    /** As hang, but rejects with the reason when its signal is aborted. */
    'heed',
  ]),
  z.strictObject({
    gives: z.enum(['S', 'F', 'X', 'bad', 'nothing']),
    afterMs: ms.optional(),
    /** Returns or throws; otherwise it gives a promise. */
    sync: z.literal(true).optional(),
    /** What kind of failure: an error that says "throttled", or an AbortError that a network error caused. */
    error: z.enum(['throttled', 'abort by network']).optional(),
    /** The header of that name, on the error. */
    retryAfter: z.string().optional(),
  }),
]);

const name = z.string().min(1);
const between = z.strictObject({ atLeast: z.number().optional(), atMost: z.number().optional() });
const amount = z.union([z.number(), between]);

const callExpectation = z.strictObject({
  is: z.enum(['pending', 'succeeded', 'failed', 'rejected', 'timed-out', 'aborted']).optional(),
  /** What it succeeded with; an operation gives "ok". */
  value: z.string().optional(),
  attempts: amount.optional(),
  /** Between the beginnings of its attempts, in ms. */
  delays: z.array(ms).readonly().optional(),
  everyDelay: between.optional(),
  lastDelay: ms.optional(),
  /** How many different delays there were among the last so many. */
  distinctDelays: z.strictObject({ ofLast: z.int().positive(), atLeast: count }).optional(),
  /** By how much a delay may differ. Default 0. */
  withinMs: ms.optional(),
  /** In ms since it was made. */
  settledAfterMs: amount.optional(),
  lastAttemptAfterMs: amount.optional(),
  /** Numbers of the attempts whose signal was aborted; the first is 1. */
  abortedAttempts: z.array(z.int().positive()).readonly().optional(),
  /** Numbers of the attempts whose results were disposed of. */
  disposedResults: z.array(z.int().positive()).readonly().optional(),
  /** Listeners that are left on the caller's signal. */
  listenersLeft: count.optional(),
});

const expectation = z.strictObject({
  state: z.enum(['closed', 'open', 'half-open', 'isolated']).optional(),
  /** What the breaker says it has counted. */
  counts: z.strictObject({ calls: count, failures: count }).optional(),
  /** What is left in the retry quota. */
  tokens: z.number().optional(),
  /** Calls a second that a rate limit has found to be possible. */
  rate: between.optional(),
  /** How many may run at once, as an adaptive limit has found. */
  limit: count.optional(),
  calls: z.record(name, callExpectation).optional(),
  /** Of the whole scenario so far: how many operations ran at the same time at most. */
  concurrent: count.optional(),
  /** Timers that fired so far. */
  wakeups: count.optional(),
  /** Rejections that nobody handled so far. */
  unhandled: count.optional(),
  /** How often listeners were told so far that a circuit would have opened. */
  toldWouldOpen: count.optional(),
  /** Of all refusals so far. */
  refusals: z.strictObject({ retryAfterMs: ms.optional(), stacks: count.optional() }).optional(),
  /** The options and the stored state that were handed over are as they were. */
  handedOverUnchanged: z.literal(true).optional(),
  /** How much the breaker stores of itself, as JSON. */
  storedBytes: between.optional(),
  /** The order in which operations first began, by the names of their calls. */
  began: z.array(name).readonly().optional(),
});

const step = z.union([
  /** Calls without a signal, one after another, each of one attempt that settles at once. They reach the operation unless they are to be rejected. */
  z.strictObject({
    calls: z.string().regex(/^[SFX]+$/),
    times: z.int().positive().optional(),
    answered: z.literal('rejected').optional(),
  }),
  /** Begins one call. */
  z.strictObject({
    call: name,
    plan: z.array(attempt).min(1).readonly(),
    /** The caller's signal: there, aborted before the call, or aborted when a retry is announced. */
    signal: z.enum(['passed', 'already aborted', 'aborted on retry']).optional(),
    priority: z.int().min(0).max(10).optional(),
    /** So many such calls, named "name 1", "name 2", … */
    times: z.int().positive().optional(),
  }),
  /** Ends an attempt that hangs: the latest of the call, or the one of that number. */
  z.strictObject({ settle: name, gives: z.enum(['S', 'F', 'X']), attempt: z.int().optional() }),
  z.strictObject({ advanceMs: ms }),
  /** Aborts the call's signal, now or by a timer. */
  z.strictObject({ abort: name, inMs: ms.optional() }),
  /** Moves the wall clock, and nothing else. */
  z.strictObject({ jumpWallMs: z.number() }),
  z.strictObject({ isolate: name }),
  z.strictObject({ release: name }),
  z.strictObject({ mode: z.enum(['disabled', 'metrics-only']) }),
  /** Stores the state as JSON, and goes on with a new breaker that was given it. */
  z.strictObject({ restart: z.literal(true) }),
  /** Subscribes to every event a listener that throws. */
  z.strictObject({ listen: z.literal('throwing') }),
  /** Refuses everybody who waits. */
  z.strictObject({ clear: z.literal(true) }),
  z.strictObject({ expect: expectation }),
]);

const scenarioCase = z.strictObject({
  case: z.string().min(1),
  /** Outermost first. */
  policies: z.array(policySpec).min(1).readonly(),
  /** What random numbers are drawn, again and again; default one half. */
  random: z.array(z.number().min(0).max(1)).min(1).readonly().optional(),
  steps: z.array(step).min(1).readonly(),
});

export const scenario = z.strictObject({
  $schema: z.literal('../scenario.schema.json'),
  /** The name of the file. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  subject: z.enum(['breaker', 'retry', 'budget', 'hedge', 'timeout', 'limit', 'pipeline']),
  /** One line, for the scoreboard. */
  title: z.string().min(1).max(100),
  /** Whose rule or test it restates. */
  source: z.string().min(1),
  /** Why it matters. */
  shows: z.string().min(1),
  cases: z.array(scenarioCase).min(1).readonly(),
});

export type Scenario = z.infer<typeof scenario>;
export type ScenarioCase = z.infer<typeof scenarioCase>;
export type PolicySpec = z.infer<typeof policySpec>;
export type PolicyOf<Name extends PolicySpec['policy']> = Extract<PolicySpec, { policy: Name }>;
export type BackoffSpec = z.infer<typeof backoff>;
export type BudgetSpec = z.infer<typeof budget>;
export type Step = z.infer<typeof step>;
export type AttemptPlan = z.infer<typeof attempt>;
export type Expectation = z.infer<typeof expectation>;
export type CallExpectation = z.infer<typeof callExpectation>;
export type Between = z.infer<typeof between>;
