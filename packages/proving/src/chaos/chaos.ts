import { type Clock, systemClock } from '@chimera/policy';
import { cutAnswer, dripAnswer } from './answers.ts';
import { ChaosError } from './chaos-error.ts';
import { abortedAnswer, type AgentAnswer, type AgentLike, runVictim } from './chaotic-agent.ts';
import { type DialectLike, dialectThrough } from './chaotic-dialect.ts';
import { requestVictim } from './chaotic-fetch.ts';
import { type Fault, faultFor } from './decide.ts';
import type { FaultPlan } from './fault-plan.ts';
import { inject, type Victim } from './inject.ts';
import { readPlan } from './read-plan.ts';

/** A fault and the call that it befell. */
export interface Injected {
  readonly key: string;
  /** Of its key, from 0. */
  readonly call: number;
  readonly fault: Fault;
}

export interface ChaosDeps {
  /** Of a `world`, of a test, or (default) of the machine. */
  readonly clock?: Clock;
  /** Hears of each fault before it happens. Must not throw. */
  readonly onFault?: (injected: Injected) => void;
}

/**
 * Lets calls go wrong as a plan says, the same in a test and in staging. Which call of a key goes
 * wrong, and how, depends on the plan, the key and how many calls of that key came before: the same
 * plan does the same in every run, however the calls of different keys interleave.
 *
 * @throws RangeError when the plan is not one
 */
export class Chaos {
  readonly plan: FaultPlan;
  readonly #clock: Clock;
  readonly #onFault: (injected: Injected) => void;
  readonly #calls = new Map<string, number>();
  #isOn = true;

  constructor(plan: FaultPlan, { clock = systemClock, onFault = () => undefined }: ChaosDeps = {}) {
    this.plan = readPlan(plan);
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Calls go well from now on, and are still counted; `true` brings the faults back. */
  turn(isOn: boolean): void {
    this.#isOn = isOn;
  }

  /**
   * The same function, whose calls go wrong. It hears of an abort by the first argument that is an
   * `AbortSignal` or has one as `signal`.
   */
  wrap<Given extends readonly unknown[], T>(
    key: string,
    operation: (...given: Given) => T | Promise<T>,
  ): (...given: Given) => Promise<T> {
    return (...given) =>
      this.#go<T>(key, (call) => ({
        run: async () => operation(...given),
        signal: signalIn(given),
        fail: (fault) => {
          throw new ChaosError('error', call, fault);
        },
        cut: (answer, keep) => cutAnswer(answer, keep, call),
        drip: dripAnswer,
      }));
  }

  /** `fetch`, whose requests go wrong. The key of a request is its host, unless `key` says another. */
  fetch({
    fetch = globalThis.fetch,
    key = ({ url }) => new URL(url).host,
  }: {
    readonly fetch?: typeof globalThis.fetch;
    readonly key?: (request: Request) => string;
  } = {}): typeof globalThis.fetch {
    return (input, init) => {
      const request = new Request(input, init);
      return this.#go(key(request), (call) => requestVictim(fetch, request, call));
    };
  }

  /** An agent of `@chimera/agents` whose runs go wrong; the key is its name. */
  agent<Request, Context extends { readonly signal: AbortSignal }, Answer extends AgentAnswer>(
    agent: AgentLike<Request, Context, Answer>,
    key: string = agent.name,
  ): AgentLike<Request, Context, Answer> {
    return {
      name: agent.name,
      run: async (request, context) => {
        const { signal } = context;
        const run = () => agent.run(request, context);
        try {
          return await this.#go(key, (call) => runVictim(run, signal, call));
        } catch (error) {
          if (!signal.aborted || error !== signal.reason) throw error;
          return abortedAnswer(agent.name, signal) as Answer;
        }
      },
    };
  }

  /**
   * A Kysely dialect whose statements go wrong. The key is `name:statement`, such as `db:insert`
   * and `db:commit`: a partial `db:commit` is committed, and nobody hears of it.
   */
  dialect<Dialect extends DialectLike>(name: string, dialect: Dialect): Dialect {
    return dialectThrough(dialect, (statement, run) =>
      this.wrap(`${name}:${statement}`, () => run())(),
    );
  }

  #go<T>(
    key: string,
    victim: (call: { readonly call: number; readonly key: string }) => Victim<T>,
  ): Promise<T> {
    const call = this.#calls.get(key) ?? 0;
    this.#calls.set(key, call + 1);
    const fault = this.#isOn ? faultFor(this.plan, key, call) : undefined;
    if (fault !== undefined) this.#onFault({ key, call, fault });
    return inject(fault, victim({ call, key }), this.#clock);
  }
}

function signalIn(given: readonly unknown[]): AbortSignal | undefined {
  for (const each of given) {
    if (each instanceof AbortSignal) return each;
    const signal = (each as { readonly signal?: unknown } | null | undefined)?.signal;
    if (signal instanceof AbortSignal) return signal;
  }
  return undefined;
}
