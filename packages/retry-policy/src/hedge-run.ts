import {
  type Call,
  type Clock,
  type Listeners,
  type Next,
  refuseOption,
  type Timer,
} from '@chimera/policy';
import { isAbort } from './is-abort.ts';
import type { Discard } from './discard.ts';
import type { ErrorTest } from './error-test.ts';
import type { HedgeEvent } from './hedge-event.ts';
import { HedgeLostError } from './hedge-lost-error.ts';
import { type HedgeStep, nextStep } from './hedge-state.ts';
import { denied, type RetryBudget } from './retry-budget.ts';

/** What the calls of one policy share. */
export interface HedgeCore {
  readonly settings: HedgeSettings;
  readonly budget: RetryBudget | undefined;
  readonly clock: Clock;
  readonly listeners: Listeners<HedgeEvent>;
}

export interface HedgeSettings {
  readonly name: string;
  readonly maxAttempts: number;
  readonly delayOf: (hedge: number) => number;
  readonly stopIf: ErrorTest | undefined;
  readonly discard: Discard;
}

interface Runner<T> {
  readonly call: Call<T>;
  /** What it cost the budget; 0 for the first. */
  readonly cost: number;
}

/** One hedged call. */
export class HedgeRun<T> {
  readonly #core: HedgeCore;
  readonly #call: Call<T>;
  readonly #next: Next;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #running: Set<Runner<T>> = new Set();
  readonly #errors: unknown[] = [];
  #started = 0;
  /** Falls to what has been started once there is no budget or no time for more. */
  #maxAttempts: number;
  #isOver = false;
  #isPaid = false;
  #timer: Timer | undefined = undefined;
  #unlisten: (() => void) | undefined = undefined;

  constructor(
    core: HedgeCore,
    call: Call<T>,
    next: Next,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#core = core;
    this.#call = call;
    this.#next = next;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#maxAttempts = core.settings.maxAttempts;
  }

  begin(): void {
    this.#core.budget?.begin();
    if (this.#call.isAbortable) {
      this.#unlisten = this.#call.onAbort(() => this.#callOff());
    }
    this.#start(0);
  }

  #start(cost: number): void {
    this.#started += 1;
    const runner = { call: this.#call.child(this.#started), cost };
    this.#running.add(runner);
    this.#next(runner.call).then(
      (value) => this.#gave(runner, value),
      (error: unknown) => this.#threw(runner, error),
    );
    this.#schedule();
  }

  /** Sees to the next hedge beside what runs; one without a delay begins now. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isOver || this.#started >= this.#maxAttempts) return;
    try {
      const delayMs = this.#core.settings.delayOf(this.#started);
      if (!(delayMs >= 0)) refuseOption('hedge-policy', 'what delay returns', 'ms >= 0', delayMs);
      if (delayMs === 0) this.#hedge('slow', undefined);
      else if (delayMs < Infinity) this.#hedgeIn(delayMs);
    } catch (error) {
      this.#fail(error, 0);
    }
  }

  #hedgeIn(delayMs: number): void {
    this.#timer = this.#core.clock.setTimer(() => this.#tryHedge('slow', undefined), delayMs);
  }

  /** A budget that throws fails the call; what ran is paid for already. */
  #tryHedge(reason: 'slow' | 'failed', error: unknown): void {
    try {
      this.#hedge(reason, error);
    } catch (bug) {
      this.#fail(bug, 0);
    }
  }

  #hedge(reason: 'slow' | 'failed', error: unknown): void {
    const { settings, budget, clock, listeners } = this.#core;
    const { deadline, trail } = this.#call;
    const policy = settings.name;
    const attempt = this.#started + 1;
    if (deadline !== undefined && clock.monotonic() >= deadline) {
      this.#maxAttempts = this.#started;
      return;
    }
    const cost = budget?.withdraw(error) ?? 0;
    if (cost === denied) {
      this.#maxAttempts = this.#started;
      listeners.emit({ type: 'denied', policy, attempt });
      return;
    }
    const why = reason === 'slow' ? 'is slow' : 'failed';
    trail?.push({ policy, action: 'hedge', reason: `attempt ${attempt - 1} ${why}` });
    listeners.emit({ type: 'hedge', policy, attempt, reason });
    // A listener may have called it off.
    if (this.#call.aborted) budget?.release(cost);
    else this.#start(cost);
  }

  #gave(runner: Runner<T>, value: T): void {
    this.#leave(runner);
    if (this.#isOver) {
      void this.#core.settings.discard(value, this.#core);
      return;
    }
    if (this.#started > 1) {
      const { settings, listeners } = this.#core;
      const attempt = runner.call.attempt;
      listeners.emit({ type: 'won', policy: settings.name, attempt, attempts: this.#started });
    }
    this.#resolve(value);
    this.#end(true, runner.cost);
  }

  #threw(runner: Runner<T>, error: unknown): void {
    this.#leave(runner);
    if (this.#isOver) return;
    this.#errors.push(error);
    try {
      if (isAbort(error) || this.#core.settings.stopIf?.(error, undefined) === true) {
        this.#fail(error, runner.cost);
      } else {
        this.#goOn(error, runner.cost);
      }
    } catch (bug) {
      this.#fail(bug, runner.cost);
    }
  }

  #goOn(error: unknown, cost: number): void {
    if (this.#nextStep() === 'give-up') return this.#fail(error, cost);
    if (!this.#isPaid) this.#core.budget?.release(cost);
    if (this.#nextStep() === 'start') this.#tryHedge('failed', error);
    // There was neither budget nor time for a hedge, and nothing else is running.
    if (!this.#isOver && this.#nextStep() === 'give-up') this.#fail(error, 0);
  }

  #nextStep(): HedgeStep {
    return nextStep({ started: this.#started, running: this.#running.size }, this.#maxAttempts);
  }

  #leave(runner: Runner<T>): void {
    this.#running.delete(runner);
    runner.call.release();
  }

  /**
   * The call was aborted, and its attempts with it: no hedge follows. It ends as they do, since
   * whoever aborts a call settles it, and may want what comes all the same.
   */
  #callOff(): void {
    this.#maxAttempts = this.#started;
    this.#timer?.cancel();
    this.#pay(false, 0);
  }

  #fail(error: unknown, cost: number): void {
    if (this.#isOver) return;
    const { settings, listeners } = this.#core;
    const attempts = this.#started;
    if (this.#call.aborted) this.#reject(this.#call.abortReason);
    else {
      listeners.emit({ type: 'failed', policy: settings.name, attempts, errors: this.#errors });
      this.#reject(error);
    }
    this.#end(false, cost);
  }

  #end(isSuccess: boolean, cost: number): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#unlisten?.();
    this.#pay(isSuccess, cost);
    for (const { call } of this.#running) {
      call.abort(new HedgeLostError(this.#core.settings.name));
    }
  }

  /** Gives the budget back what the running attempts hold, and ends the call there. */
  #pay(isSuccess: boolean, cost: number): void {
    if (this.#isPaid) return;
    this.#isPaid = true;
    const { budget } = this.#core;
    if (budget === undefined) return;
    for (const loser of this.#running) budget.release(loser.cost);
    budget.end(isSuccess, cost);
  }
}
