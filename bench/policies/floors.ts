import { Bulkhead } from '@chimera/concurrency-limit';
import { Call, invoke } from '@chimera/policy';
import { WaitQueue } from '../../packages/concurrency-limit/src/wait-queue.ts';
import { type Effort, measure } from './measure.ts';
import { succeeds } from './operations.ts';
import { inTurn, type Scenario, together } from './scenario.ts';

/**
 * What scenario g costs at least: a semaphore is built up promise by promise, each step keeping one
 * more of the things that `Bulkhead` promises. Prints the steps, measured in turn in one process.
 */
const limit = 10;
const calls = 1_000 + limit;

type Operation = () => Promise<number>;
type Limiter = (operation: Operation) => Promise<number>;

/** Calls back when a permit is there, and is told when it comes back. */
interface Waiting {
  readonly operation: Operation;
  readonly resolve: (value: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Counts permits, and gives each back by one reaction of the call's promise; nobody has to wait. */
function counted(): Limiter {
  let inFlight = 0;
  const pass = (value: number): number => {
    inFlight -= 1;
    return value;
  };
  const fail = (error: unknown): never => {
    inFlight -= 1;
    throw error;
  };
  return (operation) => {
    inFlight += 1;
    return operation().then(pass, fail);
  };
}

/** Those who find no permit wait in an array, each for a promise of its own. */
function queued(bound = Infinity): Limiter {
  let inFlight = 0;
  let first = 0;
  let waiting: Waiting[] = [];
  const leave = () => {
    inFlight -= 1;
    const next = waiting[first];
    if (next === undefined) return;
    first += 1;
    if (first === waiting.length) {
      waiting = [];
      first = 0;
    }
    begin(next.operation).then(next.resolve, next.reject);
  };
  const pass = (value: number): number => {
    leave();
    return value;
  };
  const fail = (error: unknown): never => {
    leave();
    throw error;
  };
  const begin = (operation: Operation) => {
    inFlight += 1;
    return operation().then(pass, fail);
  };
  return (operation) => {
    if (inFlight < limit) return begin(operation);
    if (waiting.length - first >= bound) return Promise.reject(new RangeError('full'));
    return new Promise((resolve, reject) => {
      waiting.push({ operation, resolve, reject });
    });
  };
}

/** Each call is the record that policies hand on: it can be aborted, and what it throws is a rejection. */
function asCalls(limiter: Limiter): Limiter {
  return (operation) => {
    const call = new Call(operation, 1, undefined, undefined, undefined);
    if (call.aborted) return Promise.reject(call.abortReason);
    return limiter(() => invoke(call));
  };
}

/** Waiters stand in a line for each priority, and any of them can leave from the middle. */
function prioritised(): Limiter {
  interface Waiter extends Waiting {
    readonly priority: number;
    readonly queuedAt: number;
    before: Waiter | undefined;
    after: Waiter | undefined;
  }
  let inFlight = 0;
  let order = 0;
  const queue = new WaitQueue<Waiter>(1_000);
  const leave = () => {
    inFlight -= 1;
    const { next } = queue;
    if (next === undefined) return;
    queue.remove(next);
    begin(next.operation).then(next.resolve, next.reject);
  };
  const pass = (value: number): number => {
    leave();
    return value;
  };
  const fail = (error: unknown): never => {
    leave();
    throw error;
  };
  const begin = (operation: Operation) => {
    inFlight += 1;
    return operation().then(pass, fail);
  };
  return (operation) => {
    if (inFlight < limit) return begin(operation);
    if (queue.size >= calls) return Promise.reject(new RangeError('full'));
    return new Promise((resolve, reject) => {
      const links = { before: undefined, after: undefined };
      queue.push({ priority: 5, queuedAt: (order += 1), operation, resolve, reject, ...links });
    });
  };
}

const steps: readonly (readonly [string, Limiter])[] = [
  ['all at once, no limit', (operation) => operation()],
  ['+ permits that come back', counted()],
  ['+ a queue', queued()],
  ['+ bounded', queued(calls)],
  ['+ calls that can be aborted', asCalls(queued(calls))],
  ['+ priorities, leaving the middle', asCalls(prioritised())],
];

const bulkhead = new Bulkhead({ maxConcurrent: limit, maxQueue: calls });

const scenario: Scenario = {
  letter: 'g',
  title: 'floors',
  floor: inTurn('await', () => succeeds()),
  candidates: [
    ...steps.map(([name, limiter]) => together(name, calls, () => limiter(succeeds))),
    together('Bulkhead', calls, () => bulkhead.execute(succeeds)),
  ],
};

const effort: Effort = {
  warmUpMs: 250,
  rounds: 201,
  leastRounds: 31,
  longestMs: 8_000,
  batchMs: 1,
};

console.log(`semaphore of ${limit}, ${calls - limit} waiters, built up step by step`);
for (const { candidate, medianNs, ratioToFloor } of await measure(scenario, effort)) {
  console.log(
    `  ${candidate.padEnd(34)}${medianNs.toFixed(0).padStart(6)} ns${ratioToFloor.toFixed(2).padStart(8)}×`,
  );
}
