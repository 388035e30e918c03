import { answerOf, valueOf } from './answer.ts';
import type { Subject } from './adapter.ts';
import type { Between, CallExpectation, Expectation } from './scenario-schema.ts';
import type { StagedCall, Theatre } from './staged-call.ts';
import { StagedResult } from './staged-result.ts';

/** What a case has come to. */
export interface Standing {
  readonly theatre: Theatre;
  readonly subject: Subject;
  readonly calls: ReadonlyMap<string, StagedCall>;
  /** Errors with which calls were refused, in order. */
  readonly refusals: readonly unknown[];
  readonly unhandled: number;
  readonly toldWouldOpen: number;
  readonly isHandedOverUnchanged: boolean;
}

/** What is otherwise than expected, each as one phrase: what it did, and what it was to do. */
export function mismatches(expected: Expectation, standing: Standing): string[] {
  const { subject, theatre } = standing;
  const found: string[] = [];
  const compare = (what: string, is: unknown, should: unknown) => {
    if (should !== undefined && !isSame(is, should)) {
      found.push(`${what} ${shown(is)} instead of ${shown(should)}`);
    }
  };

  if (expected.state !== undefined) compare('state is', subject.state?.(), expected.state);
  if (expected.counts !== undefined) compare('counts', subject.counts?.(), expected.counts);
  if (expected.tokens !== undefined) compare('tokens left:', subject.tokens?.(), expected.tokens);
  if (expected.rate !== undefined) compare('calls a second:', subject.rate?.(), expected.rate);
  if (expected.limit !== undefined) compare('limit is', subject.limit?.(), expected.limit);
  compare('operations at the same time:', theatre.mostRunning, expected.concurrent);
  compare('timers fired:', theatre.world.wakeups, expected.wakeups);
  compare('unhandled rejections:', standing.unhandled, expected.unhandled);
  compare('told that it would open:', standing.toldWouldOpen, expected.toldWouldOpen);
  compare('operations began in the order', theatre.began, expected.began);
  if (expected.handedOverUnchanged === true && !standing.isHandedOverUnchanged) {
    found.push('changed an object that it was given');
  }
  if (expected.storedBytes !== undefined) {
    const bytes = JSON.stringify(subject.store?.()).length;
    compare('bytes stored:', bytes, expected.storedBytes);
  }
  const { refusals } = expected;
  if (refusals?.stacks !== undefined) {
    const stacks = new Set(standing.refusals.map((error) => (error as Error).stack));
    compare('different stacks of refusals:', stacks.size, refusals.stacks);
  }
  if (refusals?.retryAfterMs !== undefined) {
    const hints = standing.refusals.map((error) => subject.retryAfterMs?.(error));
    const wrong = hints.find((hint) => hint !== refusals.retryAfterMs);
    if (wrong !== undefined || hints.length === 0) {
      compare('refusals say to come back in', wrong, refusals.retryAfterMs);
    }
  }

  for (const [name, call] of Object.entries(expected.calls ?? {})) {
    const staged = standing.calls.get(name);
    if (staged === undefined) throw new Error(`no call is named "${name}"`);
    const phrases = callMismatches(call, staged, subject);
    found.push(...phrases.map((phrase) => `call "${name}": ${phrase}`));
  }
  return found;
}

function callMismatches(expected: CallExpectation, call: StagedCall, subject: Subject): string[] {
  const { attempts, startedAt } = call;
  const { withinMs = 0 } = expected;
  const found: string[] = [];
  const compare = (what: string, is: unknown, should: unknown) => {
    if (should !== undefined && !isSame(is, should)) {
      found.push(`${what}${shown(is)} instead of ${shown(should)}`);
    }
  };
  const delays = attempts.slice(1).map((attempt, i) => attempt.startedAt - startOf(call, i));

  compare('', answerOf(call, subject), expected.is);
  if (expected.value !== undefined) compare('value ', valueOf(call), expected.value);
  compare('attempts: ', attempts.length, expected.attempts);
  if (expected.delays !== undefined && !areClose(delays, expected.delays, withinMs)) {
    compare('delays ', delays, expected.delays);
  }
  const { everyDelay, distinctDelays } = expected;
  if (everyDelay !== undefined) {
    const wrong = delays.find((delay) => !isBetween(delay, everyDelay));
    if (wrong !== undefined) compare('a delay of ', wrong, everyDelay);
  }
  if (distinctDelays !== undefined) {
    const distinct = new Set(delays.slice(-distinctDelays.ofLast)).size;
    compare('different delays: ', distinct, { atLeast: distinctDelays.atLeast });
  }
  compare('last delay ', delays.at(-1), expected.lastDelay);
  const settledAfterMs = call.outcome === undefined ? Infinity : call.outcome.at - startedAt;
  compare('settled after ms: ', settledAfterMs, expected.settledAfterMs);
  const lastAfterMs = startOf(call, attempts.length - 1) - startedAt;
  compare('last attempt began after ms: ', lastAfterMs, expected.lastAttemptAfterMs);
  compare(
    'attempts whose signal was aborted: ',
    numbersOf(attempts, ({ signal }) => signal?.aborted === true),
    expected.abortedAttempts,
  );
  compare(
    'attempts whose result was disposed of: ',
    numbersOf(attempts, ({ result }) => result instanceof StagedResult && result.isDisposed),
    expected.disposedResults,
  );
  compare('listeners left on the signal: ', call.listenersLeft, expected.listenersLeft);
  return found;
}

function startOf({ attempts }: StagedCall, index: number): number {
  return attempts[index]?.startedAt ?? Number.NaN;
}

function numbersOf<T>(items: readonly T[], test: (item: T) => boolean): number[] {
  return items.flatMap((item, i) => (test(item) ? [i + 1] : []));
}

function areClose(is: readonly number[], should: readonly number[], within: number): boolean {
  return (
    is.length === should.length &&
    should.every((value, i) => Math.abs((is[i] ?? Number.NaN) - value) <= within)
  );
}

function isSame(is: unknown, should: unknown): boolean {
  if (isRange(should)) return typeof is === 'number' && isBetween(is, should);
  return JSON.stringify(is) === JSON.stringify(should);
}

function isRange(value: unknown): value is Between {
  return typeof value === 'object' && value !== null && ('atLeast' in value || 'atMost' in value);
}

function isBetween(value: number, { atLeast = -Infinity, atMost = Infinity }: Between): boolean {
  return value >= atLeast && value <= atMost;
}

function shown(value: unknown): string {
  if (isRange(value)) {
    const { atLeast, atMost } = value;
    const bounds = [
      atLeast === undefined ? '' : `at least ${atLeast}`,
      atMost === undefined ? '' : `at most ${atMost}`,
    ];
    return bounds.filter((bound) => bound !== '').join(' and ');
  }
  if (Array.isArray(value)) {
    const items = value.length > 12 ? [...value.slice(0, 11), '…'] : value;
    return `[${items.map(shown).join(', ')}]`;
  }
  if (typeof value === 'number' && !Number.isInteger(value) && Number.isFinite(value)) {
    return String(Math.round(value * 10) / 10);
  }
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
