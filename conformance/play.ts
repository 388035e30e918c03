import { isDeepStrictEqual } from 'node:util';
import { type Adapter, type HandOver, type Need, NotApplicable, type Subject } from './adapter.ts';
import { answerOf } from './answer.ts';
import { mismatches, type Standing } from './mismatches.ts';
import { needsOf } from './needs.ts';
import type { AttemptPlan, Expectation, ScenarioCase, Step } from './scenario-schema.ts';
import { StagedCall, type Theatre } from './staged-call.ts';
import { settled, type World } from './world.ts';

export type CaseResult =
  | { readonly result: 'pass' }
  | {
      readonly result: 'FAIL';
      /** The number of the step that was not met; the first is 1. */
      readonly step: number;
      readonly did: string;
    }
  | { readonly result: 'n/a'; readonly reason: string };

/** Plays one case against a library. Cases that borrow the globals are played one at a time. */
export async function play(played: ScenarioCase, adapter: Adapter): Promise<CaseResult> {
  const lack = needsOf(played).find((need) => adapter.lacks[need] !== undefined);
  if (lack !== undefined) return { result: 'n/a', reason: reasonOf(adapter, lack) };

  const numbers = played.random ?? [0.5];
  let drawn = 0;
  const world = adapter.open(() => numbers[drawn++ % numbers.length] ?? 0.5);
  try {
    const handed: Handed[] = [];
    const handOver: HandOver = (object) => {
      handed.push([object, copyOf(object)]);
      return object;
    };
    const subject = adapter.create(played.policies, world, handOver);
    if (subject instanceof NotApplicable) return { result: 'n/a', reason: subject.reason };
    return await new Performance(world, subject, handed).play(played.steps);
  } finally {
    world.close();
  }
}

function reasonOf({ lacks }: Adapter, need: Need): string {
  return lacks[need] ?? '';
}

/** An object that was handed over, and how it looked then. */
type Handed = readonly [object: object, copy: unknown];

class Performance {
  readonly #world: World;
  #subject: Subject;
  readonly #theatre: Theatre;
  readonly #calls: Map<string, StagedCall> = new Map();
  readonly #isolations: Map<string, () => void> = new Map();
  readonly #refusals: unknown[] = [];
  readonly #handed: readonly Handed[];
  #unhandled = 0;
  #toldWouldOpen = 0;

  constructor(world: World, subject: Subject, handed: readonly Handed[]) {
    this.#world = world;
    this.#subject = subject;
    this.#handed = handed;
    this.#theatre = { world, running: 0, mostRunning: 0, began: [] };
    this.#enter(subject);
  }

  async play(steps: readonly Step[]): Promise<CaseResult> {
    const onUnhandled = () => {
      this.#unhandled += 1;
    };
    const { error } = console;
    process.on('unhandledRejection', onUnhandled);
    // Libraries may report listeners that throw.
    console.error = () => {};
    try {
      for (const [index, step] of steps.entries()) {
        const found = await this.#take(step);
        await settled();
        if (found.length > 0) return { result: 'FAIL', step: index + 1, did: found.join('; ') };
      }
      return { result: 'pass' };
    } finally {
      console.error = error;
      process.off('unhandledRejection', onUnhandled);
    }
  }

  async #take(step: Step): Promise<string[]> {
    if ('expect' in step) return this.#check(step.expect);
    if ('calls' in step) return this.#callEach(step);
    if ('call' in step) {
      this.#begin(step);
    } else if ('settle' in step) {
      this.#settle(step.settle, step.gives, step.attempt);
    } else if ('advanceMs' in step) {
      await this.#world.advance(step.advanceMs);
    } else if ('abort' in step) {
      const call = this.#named(step.abort);
      if (step.inMs === undefined) abort(call);
      else this.#world.at(step.inMs, () => abort(call));
    } else if ('jumpWallMs' in step) {
      this.#world.jumpWall(step.jumpWallMs);
    } else if ('isolate' in step) {
      this.#isolations.set(step.isolate, able(bound(this.#subject).isolate)());
    } else if ('release' in step) {
      able(this.#isolations.get(step.release))();
    } else if ('mode' in step) {
      able(bound(this.#subject).setMode)(step.mode);
    } else if ('listen' in step) {
      able(bound(this.#subject).listen)(thrower);
    } else if ('clear' in step) {
      able(bound(this.#subject).clear)();
    } else {
      this.#restart();
    }
    return [];
  }

  async #callEach(step: Extract<Step, { calls: string }>): Promise<string[]> {
    // From here on every call is made from the same place, so that refusals can have the same stack.
    await settled();
    for (let time = 0; time < (step.times ?? 1); time += 1) {
      for (const [index, letter] of step.calls.split('').entries()) {
        const planned = letter as 'S' | 'F' | 'X';
        const call = this.#call('', [planned], undefined, undefined);
        await settled();
        const answer = answerOf(call, this.#subject);
        if (answer === 'rejected') this.#refusals.push(call.outcome?.error);
        const should = step.answered ?? (planned === 'S' ? 'succeeded' : 'failed');
        if (answer !== should) {
          const which = `call ${index + 1} of ${step.calls}`;
          return [`${which}: ${answer} instead of ${should}`];
        }
      }
    }
    return [];
  }

  #begin({ call, plan, priority, signal, times }: Extract<Step, { call: string }>): void {
    for (let time = 1; time <= (times ?? 1); time += 1) {
      const name = times === undefined ? call : `${call} ${time}`;
      if (this.#calls.has(name)) throw new Error(`two calls are named "${name}"`);
      this.#calls.set(name, this.#call(name, plan, signal, priority));
    }
  }

  #call(
    name: string,
    plan: readonly AttemptPlan[],
    signal: 'passed' | 'already aborted' | 'aborted on retry' | undefined,
    priority: number | undefined,
  ): StagedCall {
    const caller = signal === undefined ? undefined : new AbortController();
    const call = new StagedCall(name, plan, caller, this.#theatre);
    if (signal === 'already aborted') abort(call);
    const onRetry = signal === 'aborted on retry' ? () => abort(call) : undefined;
    const settings = { signal: caller?.signal, priority, onRetry };
    try {
      call.follow(this.#subject.call(call.work, settings));
    } catch (error) {
      call.follow(Promise.reject(error));
    }
    return call;
  }

  #settle(name: string, gives: 'S' | 'F' | 'X', attempt: number | undefined): void {
    const { attempts } = this.#named(name);
    const hanging = attempt === undefined ? attempts.at(-1) : attempts[attempt - 1];
    // A call that was not let through has nothing to settle; what follows will tell.
    hanging?.end?.(gives);
  }

  #restart(): void {
    const { store, restart } = bound(this.#subject);
    const stored: unknown = JSON.parse(JSON.stringify(able(store)()));
    this.#subject = able(restart)(stored);
    this.#enter(this.#subject);
  }

  #enter(subject: Subject): void {
    subject.onWouldOpen?.(() => {
      this.#toldWouldOpen += 1;
    });
  }

  #check(expected: Expectation): string[] {
    const standing: Standing = {
      theatre: this.#theatre,
      subject: this.#subject,
      calls: this.#calls,
      refusals: this.#refusals,
      unhandled: this.#unhandled,
      toldWouldOpen: this.#toldWouldOpen,
      isHandedOverUnchanged: this.#handed.every(([object, copy]) =>
        isDeepStrictEqual(copyOf(object), copy),
      ),
    };
    return mismatches(expected, standing);
  }

  #named(name: string): StagedCall {
    const call = this.#calls.get(name);
    if (call === undefined) throw new Error(`no call is named "${name}"`);
    return call;
  }
}

function abort({ name, caller }: StagedCall): void {
  if (caller === undefined) throw new Error(`call "${name}" was given no signal`);
  caller.abort();
}

/** The abilities that a subject may lack. */
function bound(subject: Subject) {
  return {
    isolate: subject.isolate?.bind(subject),
    setMode: subject.setMode?.bind(subject),
    listen: subject.listen?.bind(subject),
    clear: subject.clear?.bind(subject),
    store: subject.store?.bind(subject),
    restart: subject.restart?.bind(subject),
  };
}

function able<Ability>(ability: Ability | undefined): Ability {
  if (ability === undefined)
    throw new Error('the adapter neither does this nor says that it cannot');
  return ability;
}

function thrower(): never {
  throw new Error('a listener with a bug');
}

/** A copy of the data in it; what has a class or is a function stays itself. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyOf(field)]));
}
