import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerEvent,
  healthOf,
  type Permit,
  restore,
  snapshotOf,
  tryAcquire,
} from '../src/index.ts';
import { NaiveBreaker, type NaiveRules } from './naive-breaker.ts';

const probeTimeoutMs = 70;

interface Real {
  readonly clock: VirtualClock;
  readonly breaker: CircuitBreaker;
  readonly events: CircuitBreakerEvent[];
  readonly permits: Permit[];
}

interface Model {
  now: number;
  readonly naive: NaiveBreaker;
  readonly calls: NonNullable<ReturnType<NaiveBreaker['admit']>>[];
}

/** Moves both clocks, and compares everything that can be seen. */
async function passTo(model: Model, real: Real, now: number): Promise<void> {
  await real.clock.advance(now - model.now);
  model.now = now;
  model.naive.passTo(now);
}

function compare({ now, naive }: Model, { breaker, clock, events }: Real): void {
  const { status, retryAfterMs, probesInFlight, reopenings } = healthOf(breaker);
  const isDue = naive.phase === 'open' && naive.canAdmitAt(now);
  expect(status).toBe(isDue ? 'half-open' : naive.phase);
  expect(retryAfterMs === 0).toBe(naive.canAdmitAt(now));
  expect(probesInFlight).toBe(naive.inFlight);
  expect(reopenings).toBe(naive.reopenings);
  const changes = events.flatMap(({ type }) =>
    type === 'opened'
      ? 'open'
      : type === 'half-opened'
        ? 'half-open'
        : type === 'closed'
          ? type
          : [],
  );
  expect(['closed', ...changes]).toEqual(naive.phases);
  expect(clock.pendingTimers).toBe(0);
}

class Acquire implements fc.AsyncCommand<Model, Real> {
  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const call = model.naive.admit(model.now);
    const permit = tryAcquire(real.breaker);
    if ((permit === undefined) !== (call === undefined)) throw new Error('one admitted alone');
    if (permit !== undefined && call !== undefined) {
      real.permits.push(permit);
      model.calls.push(call);
    }
    compare(model, real);
  }

  toString = () => 'acquire';
}

/** Settles any call that was ever admitted, so also one twice and one of an older generation. */
class Settle implements fc.AsyncCommand<Model, Real> {
  readonly #which: number;
  readonly #outcome: 'success' | 'failure' | 'ignored';

  constructor(which: number, outcome: 'success' | 'failure' | 'ignored') {
    this.#which = which;
    this.#outcome = outcome;
  }

  check = ({ calls }: Readonly<Model>) => calls.length > 0;

  async run(model: Model, real: Real): Promise<void> {
    const index = this.#which % model.calls.length;
    const call = model.calls[index];
    const permit = real.permits[index];
    if (call !== undefined) model.naive.settle(call, this.#outcome, model.now);
    if (this.#outcome === 'success') permit?.succeed();
    else if (this.#outcome === 'failure') permit?.fail();
    else permit?.[Symbol.dispose]();
    compare(model, real);
  }

  toString = () => `${this.#outcome}(${this.#which})`;
}

/** Waits by a step, or to just before, at, or just after the next instant that can matter. */
class Wait implements fc.AsyncCommand<Model, Real> {
  readonly #ms: number;
  readonly #toDeadline: boolean;

  constructor(ms: number, toDeadline: boolean) {
    this.#ms = ms;
    this.#toDeadline = toDeadline;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const base = this.#toDeadline ? model.now + real.breaker.retryAfterMs : model.now;
    await passTo(model, real, Math.max(model.now, base + this.#ms));
    compare(model, real);
  }

  toString = () => `wait(${this.#toDeadline ? 'to deadline ' : ''}${this.#ms})`;
}

class JumpWall implements fc.AsyncCommand<Model, Real> {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    real.clock.jumpWall(this.#ms);
    compare(model, real);
  }

  toString = () => `jumpWall(${this.#ms})`;
}

/** What went through JSON and came back behaves the same, except that probes in flight are gone. */
class Restart implements fc.AsyncCommand<Model, Real> {
  check = ({ naive }: Readonly<Model>) => naive.inFlight === 0 && naive.phase !== 'half-open';

  async run(model: Model, real: Real): Promise<void> {
    const told = real.events.length;
    restore(real.breaker, JSON.parse(JSON.stringify(snapshotOf(real.breaker))));
    // Restoring an open circuit says so again.
    real.events.splice(told);
    // Calls in flight count for nothing from here on.
    model.calls.length = 0;
    real.permits.length = 0;
    compare(model, real);
  }

  toString = () => 'restart';
}

const commands = fc.commands(
  [
    fc.constant(new Acquire()),
    fc
      .tuple(
        fc.nat(30),
        fc.constantFrom('success' as const, 'failure' as const, 'ignored' as const),
      )
      .map(([which, outcome]) => new Settle(which, outcome)),
    fc.tuple(fc.nat(60), fc.constant(false)).map((wait) => new Wait(...wait)),
    fc.tuple(fc.integer({ min: -1, max: 1 }), fc.constant(true)).map((wait) => new Wait(...wait)),
    fc.integer({ min: -100_000, max: 100_000 }).map((ms) => new JumpWall(ms)),
    fc.constant(new Restart()),
  ],
  { size: '+1' },
);

const rulesArbitrary = fc.record({
  failuresInARow: fc.integer({ min: 1, max: 3 }),
  probes: fc.integer({ min: 1, max: 3 }),
  permitted: fc.nat(2),
});

test.each([
  ['with quiet listeners', false],
  ['with listeners that throw', true],
])('behaves like the breaker that keeps a full log, %s', async (_how, throws) => {
  const silenced = vi.spyOn(console, 'error').mockImplementation(() => {});
  await fc.assert(
    fc.asyncProperty(rulesArbitrary, commands, async ({ permitted, ...sizes }, program) => {
      const permittedFailures = Math.min(permitted, sizes.probes - 1);
      const rules: NaiveRules = {
        ...sizes,
        permittedFailures,
        probeTimeoutMs,
        openForMs: (reopenings) => 50 * (reopenings + 1),
      };
      await fc.asyncModelRun(() => {
        const clock = new VirtualClock(1_700_000_000_000);
        const events: CircuitBreakerEvent[] = [];
        const breaker = new CircuitBreaker(
          {
            failureThreshold: rules.failuresInARow,
            openFor: rules.openForMs,
            halfOpenProbes: rules.probes,
            permittedFailureRate: permittedFailures / rules.probes,
            probeTimeout: probeTimeoutMs,
          },
          { clock, onEvent: (event) => events.push(event) },
        );
        if (throws) {
          breaker.subscribe(() => {
            throw new Error('a listener with a bug');
          });
        }
        return {
          model: { now: 0, naive: new NaiveBreaker(rules), calls: [] },
          real: { clock, breaker, events, permits: [] },
        };
      }, program);
    }),
    { numRuns: 80 },
  );
  silenced.mockRestore();
});
