import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { acquire, Bulkhead } from '../src/index.ts';
import { deferred, settled } from './deferred.ts';

const ageingMs = 20;
const maxWaitMs = 100;

type Fate = 'waiting' | 'running' | 'done' | 'aborted' | 'refused';

/** Everything that ever came, and what became of it: nothing is clever here. */
interface Entry {
  readonly priority: number;
  readonly queuedAt: number;
  readonly isPermit: boolean;
  fate: Fate;
  /** Of one whose caller gave up while it ran: it runs on. */
  isAbandoned: boolean;
}

interface Model {
  readonly maxQueue: number;
  limit: number;
  now: number;
  readonly entries: Entry[];
}

interface Real {
  readonly clock: VirtualClock;
  readonly bulkhead: Bulkhead;
  readonly works: ReturnType<typeof deferred<void>>[];
  readonly callers: AbortController[];
  readonly fates: Fate[];
}

const those = ({ entries }: Readonly<Model>, fate: Fate) =>
  entries.filter((entry) => entry.fate === fate);

/** Calls that can still be aborted; of a permit that was given, only the holder decides. */
const alive = ({ entries }: Readonly<Model>) =>
  entries.filter(({ fate, isPermit }) => fate === 'waiting' || (fate === 'running' && !isPermit));

function admitInModel(model: Model): void {
  for (;;) {
    const waiting = those(model, 'waiting');
    if (waiting.length === 0 || those(model, 'running').length >= model.limit) return;
    const keyOf = ({ queuedAt, priority }: Entry) => queuedAt - priority * ageingMs;
    const next = waiting.toSorted((left, right) => keyOf(left) - keyOf(right))[0];
    if (next !== undefined) next.fate = 'running';
  }
}

async function compare(model: Model, { bulkhead, clock, fates }: Real): Promise<void> {
  await settled();
  const waiting = those(model, 'waiting');
  expect(bulkhead.maxConcurrent).toBe(model.limit);
  expect(bulkhead.inFlight).toBe(those(model, 'running').length);
  expect(bulkhead.queued).toBe(waiting.length);
  expect(waiting.length).toBeLessThanOrEqual(model.maxQueue);
  expect(fates).toEqual(
    model.entries.map(({ fate, isAbandoned }) => (isAbandoned ? 'aborted' : fate)),
  );
  expect(clock.pendingTimers).toBe(waiting.length > 0 ? 1 : 0);
}

class Come implements fc.AsyncCommand<Model, Real> {
  readonly #priority: number;
  readonly #asPermit: boolean;

  constructor(priority: number, asPermit: boolean) {
    this.#priority = priority;
    this.#asPermit = asPermit;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const priority = this.#priority;
    const isFull =
      those(model, 'running').length >= model.limit &&
      those(model, 'waiting').length >= model.maxQueue;
    const fate = isFull ? 'refused' : 'waiting';
    const isPermit = this.#asPermit;
    model.entries.push({ priority, isPermit, queuedAt: model.now, fate, isAbandoned: false });
    admitInModel(model);

    const index = real.fates.push('waiting') - 1;
    const work = deferred();
    const caller = new AbortController();
    real.works.push(work);
    real.callers.push(caller);
    const options = { priority, signal: caller.signal };
    const call = this.#asPermit
      ? acquire(real.bulkhead, options).then((permit) => {
          real.fates[index] = 'running';
          return work.promise.then(() => permit.release());
        })
      : real.bulkhead.execute(() => {
          real.fates[index] = 'running';
          return work.promise;
        }, options);
    call.then(
      () => (real.fates[index] = 'done'),
      (error: unknown) => {
        real.fates[index] = error === caller.signal.reason ? 'aborted' : 'refused';
      },
    );
    await compare(model, real);
  }

  toString = () => `${this.#asPermit ? 'acquire' : 'execute'}(priority ${this.#priority})`;
}

class End implements fc.AsyncCommand<Model, Real> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check = (model: Readonly<Model>) => those(model, 'running').length > 0;

  async run(model: Model, real: Real): Promise<void> {
    const running = those(model, 'running');
    const entry = running[this.#which % running.length];
    if (entry === undefined) return;
    entry.fate = 'done';
    real.works[model.entries.indexOf(entry)]?.resolve();
    admitInModel(model);
    await compare(model, real);
  }

  toString = () => `end(${this.#which})`;
}

/** Aborts a call that waits or runs: the one is gone at once, the other keeps its permit. */
class Abort implements fc.AsyncCommand<Model, Real> {
  readonly #which: number;

  constructor(which: number) {
    this.#which = which;
  }

  check = (model: Readonly<Model>) => alive(model).length > 0;

  async run(model: Model, real: Real): Promise<void> {
    const living = alive(model);
    const entry = living[this.#which % living.length];
    if (entry === undefined) return;
    if (entry.fate === 'running') entry.isAbandoned = true;
    else entry.fate = 'aborted';
    real.callers[model.entries.indexOf(entry)]?.abort(new Error('enough'));
    await compare(model, real);
  }

  toString = () => `abort(${this.#which})`;
}

class Resize implements fc.AsyncCommand<Model, Real> {
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    model.limit = this.#limit;
    admitInModel(model);
    real.bulkhead.resize(this.#limit);
    await compare(model, real);
  }

  toString = () => `resize(${this.#limit})`;
}

class Wait implements fc.AsyncCommand<Model, Real> {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    model.now += this.#ms;
    for (const entry of those(model, 'waiting')) {
      if (entry.queuedAt + maxWaitMs <= model.now) entry.fate = 'refused';
    }
    await real.clock.advance(this.#ms);
    await compare(model, real);
  }

  toString = () => `wait(${this.#ms})`;
}

class Clear implements fc.AsyncCommand<Model, Real> {
  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    for (const entry of those(model, 'waiting')) entry.fate = 'refused';
    real.bulkhead.clear();
    await compare(model, real);
  }

  toString = () => 'clear';
}

const commands = fc.commands(
  [
    fc.tuple(fc.nat(10), fc.boolean()).map((come) => new Come(...come)),
    fc.tuple(fc.nat(10), fc.boolean()).map((come) => new Come(...come)),
    fc.nat(20).map((which) => new End(which)),
    fc.nat(20).map((which) => new Abort(which)),
    fc.nat(4).map((limit) => new Resize(limit)),
    fc.nat(60).map((ms) => new Wait(ms)),
    fc.constant(new Clear()),
  ],
  { size: '+1' },
);

test.each([
  ['with quiet listeners', false],
  ['with listeners that throw', true],
])('behaves like a list that is sorted at each step, %s', async (_how, throws) => {
  const silenced = vi.spyOn(console, 'error').mockImplementation(() => {});
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.integer({ min: 1, max: 3 }), commands, (maxQueue, limit, run) =>
      fc.asyncModelRun(() => {
        const clock = new VirtualClock();
        const bulkhead = new Bulkhead(
          { maxConcurrent: limit, maxQueue, maxWait: maxWaitMs, ageing: ageingMs },
          { clock },
        );
        if (throws) {
          bulkhead.subscribe(() => {
            throw new Error('a listener with a bug');
          });
        }
        return {
          model: { maxQueue, limit, now: 0, entries: [] },
          real: { clock, bulkhead, works: [], callers: [], fates: [] },
        };
      }, run),
    ),
    { numRuns: 150 },
  );
  silenced.mockRestore();
});
