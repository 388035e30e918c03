import type { Timer } from '@chimera/policy';
import { errorType, isAborted, type Outcome, outcomeOf } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { OpenSpan } from './tracing.ts';

/** One call that is measured. It ends once; nothing that goes wrong in measuring reaches the call. */
export class Watch {
  readonly #plan: Plan;
  readonly #args: readonly unknown[];
  readonly #span: OpenSpan | undefined;
  readonly #startedAt: number;
  #peak = 0;
  #timer: Timer | undefined = undefined;
  #isOver = false;

  constructor(plan: Plan, args: readonly unknown[]) {
    const { recipe } = plan;
    this.#plan = plan;
    this.#args = args;
    this.#span = plan.tracing?.start(recipe.span ?? '', recipe.labels);
    if (plan.memory !== undefined) this.#readMemory();
    // Last: what measuring costs is not the call's.
    this.#startedAt = plan.duration === undefined ? 0 : recipe.clock.monotonic();
  }

  /** What this wrapper covered already. */
  get iterated(): WeakSet<object> {
    return this.#plan.recipe.iterated;
  }

  get hasSpan(): boolean {
    return this.#span !== undefined;
  }

  /** Calls the function below this call's span. */
  run<T>(body: () => T): T {
    if (this.#span === undefined) return body();
    let isCalled = false;
    try {
      return this.#span.run(() => {
        isCalled = true;
        return body();
      });
    } catch (error) {
      if (isCalled) throw error;
      this.#plan.recipe.complain(error);
      return body();
    }
  }

  /** The call goes on by itself: a promise was returned, or an iteration makes a step. */
  goesOn(): void {
    if (this.#plan.memory === undefined || this.#isOver) return;
    if (this.#timer === undefined) this.#safely(() => this.#sample());
  }

  returned(result: unknown): void {
    if (this.#isOver) return;
    this.#end('success', undefined);
    const { cache } = this.#plan.recipe;
    if (cache === undefined) return;
    this.#safely(() => (cache.isHit(result) ? this.#plan.hits : this.#plan.misses)?.add(1));
  }

  threw(thrown: unknown): void {
    if (!this.#isOver) this.#end(undefined, thrown);
  }

  /** Whoever iterated wants no more: all is well, unless that was an abort. */
  stopped(): void {
    if (!this.#isOver) this.#end(isAborted(this.#args) ? 'aborted' : 'success', undefined);
  }

  /** Without an outcome, what was thrown says it. */
  #end(known: Outcome | undefined, thrown: unknown): void {
    this.#isOver = true;
    this.#timer?.cancel();
    const plan = this.#plan;
    const { clock, calls } = plan.recipe;
    const span = this.#span;
    try {
      const tookMs = plan.duration === undefined ? 0 : clock.monotonic() - this.#startedAt;
      const outcome = known ?? outcomeOf(thrown, this.#args);
      const type = outcome === 'error' ? errorType(thrown) : outcome;
      const exemplar = span?.exemplar;
      if (span !== undefined) this.#safely(() => span.end(outcome, thrown, type));
      plan.duration?.observe(tookMs / 1_000, exemplar);
      if (calls !== undefined) plan.calls?.[outcome].add(calls.increment, exemplar);
      if (outcome === 'error') plan.error(type)?.add(1, exemplar);
      if (plan.memory !== undefined) {
        this.#readMemory();
        plan.memory.set(this.#peak);
      }
    } catch (error) {
      plan.recipe.complain(error);
    }
  }

  #readMemory(): void {
    const { memory } = this.#plan.recipe;
    if (memory !== undefined) this.#peak = Math.max(this.#peak, memory.read());
  }

  #sample(): void {
    const { clock, memory } = this.#plan.recipe;
    if (memory === undefined) return;
    this.#timer = clock.setTimer(() => {
      this.#safely(() => this.#readMemory());
      this.#sample();
    }, memory.sampleEveryMs);
    // Measuring keeps no process alive.
    this.#timer.unref?.();
  }

  #safely(measure: () => void): void {
    try {
      measure();
    } catch (error) {
      this.#plan.recipe.complain(error);
    }
  }
}
