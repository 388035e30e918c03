import { VirtualClock } from '@chimera/policy';
import type { Ask, FallbacksUnderTest } from '../conformance/fallbacks-under-test.ts';

export class StaleAnswer {
  readonly value: unknown;
  readonly ageMs: number;

  constructor(value: unknown, ageMs: number) {
    this.value = value;
    this.ageMs = ageMs;
  }
}

/**
 * A call with two that stand in for it and an answer that is kept, which keeps every law, in pieces
 * that a mutant can replace.
 */
export class SpecimenFallbacks implements FallbacksUnderTest {
  readonly alternatives = 2;
  readonly deadlineMs = 1_000;
  readonly old: NonNullable<FallbacksUnderTest['old']> = {
    mostMs: 60_000,
    read: (answer) => (answer instanceof StaleAnswer ? answer : undefined),
  };
  readonly #clock: VirtualClock = new VirtualClock();
  #kept: { readonly value: unknown; readonly at: number } | undefined;

  readonly advance = (ms: number): Promise<void> => this.#clock.advance(ms);

  readonly call = (ask: Ask): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(() => reject(new Error('too late')), this.patience());
      this.chain(ask)
        .catch((error: unknown) => this.#keptInstead(error))
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });

  protected patience(): number {
    return this.deadlineMs;
  }

  protected async chain(ask: Ask): Promise<unknown> {
    let error: unknown;
    for (const place of this.order()) {
      try {
        const value = await ask(place, this.handedOn(error));
        if (place === 0) this.#kept = { value, at: this.#clock.monotonic() };
        return value;
      } catch (failure) {
        error = failure;
      }
    }
    throw error;
  }

  protected order(): readonly number[] {
    return [0, 1, 2];
  }

  protected handedOn(error: unknown): unknown {
    return error;
  }

  protected staleAnswer(value: unknown, ageMs: number): unknown {
    return new StaleAnswer(value, ageMs);
  }

  protected mayGive(ageMs: number): boolean {
    return ageMs <= this.old.mostMs;
  }

  #keptInstead(error: unknown): unknown {
    const kept = this.#kept;
    const ageMs = this.#clock.monotonic() - (kept?.at ?? -Infinity);
    if (kept === undefined || !this.mayGive(ageMs)) throw error;
    return this.staleAnswer(kept.value, ageMs);
  }
}
