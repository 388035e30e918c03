import { refuseOption } from '@chimera/policy';
import type { World } from '../world/world.ts';
import type { Answer, Seen } from './history.ts';
import { StagedError, type StagedResult } from './staged.ts';
import type { CallSettings, Subject, Work } from './subject.ts';
import type { Attempt, Ending, Step } from './step.ts';

/** So many attempts of one call are no retry any more: the rest hang, or they would go on for ever. */
const mostAttempts = 100;

interface Hanging {
  readonly call: number;
  end(gives: Ending): void;
}

interface StagedCall {
  readonly number: number;
  readonly caller: AbortController | undefined;
  isAnswered: boolean;
}

/** The calls of one run: plays their operations, and notes what becomes of them. */
export class StagedCalls {
  readonly #world: World;
  readonly #note: (event: Seen) => void;
  readonly #calls: StagedCall[] = [];
  readonly #given: Map<unknown, { readonly call: number; readonly attempt: number }> = new Map();
  readonly #reasons: Set<unknown> = new Set();
  #hanging: Hanging[] = [];
  #running = 0;
  /** What the adapter of a policy has done wrong: not the policy, and so no matter of the laws. */
  readonly #misuses: unknown[] = [];

  constructor(world: World, note: (event: Seen) => void) {
    this.#world = world;
    this.#note = note;
  }

  get unanswered(): readonly StagedCall[] {
    return this.#calls.filter(({ isAnswered }) => !isAnswered);
  }

  get hanging(): number {
    return this.#hanging.length;
  }

  /** Is there a call without an answer, or an operation that has not ended? */
  get isBusy(): boolean {
    return this.#running > 0 || this.unanswered.length > 0;
  }

  begin(subject: Subject, { script, deadlineMs, heeds }: Extract<Step, { do: 'start' }>): void {
    const number = this.#calls.length + 1;
    const isAbortable = subject.isAbortable ?? true;
    const caller = isAbortable ? this.#world.controller() : undefined;
    const call: StagedCall = { number, caller, isAnswered: false };
    this.#calls.push(call);
    const deadline = deadlineMs === undefined ? undefined : this.#world.now + deadlineMs;
    this.#note({ type: 'called', at: this.#world.now, call: number, deadline });
    const settings: CallSettings = { signal: caller?.signal, deadline };
    const work = this.#workOf(number, script, heeds ?? false);
    let answer: unknown;
    try {
      answer = subject.call(work, settings);
    } catch (error) {
      answer = Promise.reject(error);
    }
    const settle = (told: Answer) => {
      call.isAnswered = true;
      this.#note({ type: 'answered', at: this.#world.now, call: number, answer: told });
    };
    Promise.resolve(answer)
      .then(
        (value) => settle(this.#answerOf(subject, value, false)),
        (error: unknown) => settle(this.#answerOf(subject, error, true)),
      )
      .catch((misuse: unknown) => this.#misuses.push(misuse));
  }

  /** @throws what `says` threw or said wrong, and RangeError when `work` was given no signal as one. */
  refuseMisuse(): void {
    if (this.#misuses.length > 0) throw this.#misuses[0];
  }

  /** Ends one that hangs; false when none does. */
  end(nth: number, gives: Ending): boolean {
    const hanging = this.#hanging[nth % this.#hanging.length];
    hanging?.end(gives);
    return hanging !== undefined;
  }

  /** The caller of one that has no answer gives up; false when there is none. */
  abort(nth: number): boolean {
    const { unanswered } = this;
    const call = unanswered[nth % unanswered.length];
    if (call?.caller === undefined || call.caller.signal.aborted) return false;
    this.#note({ type: 'aborted', at: this.#world.now, call: call.number });
    const reason = new StagedError(`the caller of ${call.number}`, true, undefined);
    this.#reasons.add(reason);
    call.caller.abort(reason);
    return true;
  }

  #workOf(call: number, script: readonly Attempt[] | undefined, heeds: boolean): Work {
    let attempts = 0;
    return (signal) => {
      this.#checkSignal(signal);
      attempts += 1;
      const attempt = attempts;
      this.#running += 1;
      this.#note({ type: 'started', at: this.#world.now, call, attempt });
      const planned = script?.[Math.min(attempt, script.length) - 1];
      if (attempt > mostAttempts) return new Promise(() => {});
      const told = this.#listen(signal, call, attempt);
      if (planned === undefined) return this.#hang(call, attempt, heeds ? signal : undefined, told);
      const give = () => {
        told();
        return this.#give(call, attempt, planned.gives, planned.hintMs);
      };
      return planned.afterMs === 0
        ? Promise.resolve().then(give)
        : this.#world.io(planned.afterMs, give);
    };
  }

  #checkSignal(signal: unknown): void {
    if (signal === undefined || isSignal(signal)) return;
    const rule =
      'an AbortSignal or undefined: execute gives its operation { signal }, call gives work the signal itself';
    try {
      refuseOption('proving', 'the signal of an operation', rule, signal);
    } catch (misuse) {
      // The policy hears it as a failure of the operation, and may well hide it.
      this.#misuses.push(misuse);
      throw misuse;
    }
  }

  /** Notes that the signal of an attempt is aborted. Returns what stops listening. */
  #listen(signal: AbortSignal | undefined, call: number, attempt: number): () => void {
    if (signal === undefined) return () => {};
    const note = () => this.#note({ type: 'signalled', at: this.#world.now, call, attempt });
    if (signal.aborted) note();
    signal.addEventListener('abort', note, { once: true });
    return () => signal.removeEventListener('abort', note);
  }

  #hang(
    call: number,
    attempt: number,
    heeded: AbortSignal | undefined,
    stopListening: () => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#hanging = this.#hanging.filter((other) => other !== hanging);
        heeded?.removeEventListener('abort', heed);
        stopListening();
      };
      const heed = () => {
        leave();
        this.#running -= 1;
        this.#note({ type: 'ended', at: this.#world.now, call, attempt, gives: 'A' });
        reject(heeded?.reason);
      };
      const hanging: Hanging = {
        call,
        end: (gives) => {
          leave();
          try {
            resolve(this.#give(call, attempt, gives, undefined));
          } catch (error) {
            reject(error);
          }
        },
      };
      this.#hanging.push(hanging);
      if (heeded?.aborted === true) heed();
      else heeded?.addEventListener('abort', heed, { once: true });
    });
  }

  #give(call: number, attempt: number, gives: Ending, hintMs: number | undefined): StagedResult {
    this.#running -= 1;
    this.#note({ type: 'ended', at: this.#world.now, call, attempt, gives, hintMs });
    const of = `attempt ${attempt} of call ${call}`;
    const given = gives === 'S' ? { of } : new StagedError(of, gives === 'X', hintMs);
    this.#given.set(given, { call, attempt });
    if (given instanceof StagedError) throw given;
    return given;
  }

  #answerOf(subject: Subject, given: unknown, isError: boolean): Answer {
    const known = this.#given.get(given);
    if (known !== undefined) return { as: isError ? 'error' : 'result', ...known };
    if (isError && this.#reasons.has(given)) return { as: 'aborted' };
    const says = isError ? subject.says?.(given) : undefined;
    if (says === 'refused') return { as: says, retryAfterMs: subject.retryAfterMs?.(given) };
    if (says !== undefined) return { as: says };
    const what = given instanceof Error ? `${given.name}: ${given.message}` : typeof given;
    return { as: 'other', what };
  }
}

/** Not by its class: a polyfill has another one. */
function isSignal(signal: unknown): signal is AbortSignal {
  return typeof (signal as Partial<AbortSignal> | null)?.addEventListener === 'function';
}
