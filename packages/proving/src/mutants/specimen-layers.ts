import type { LayersUnderTest } from '../conformance/layer-laws.ts';

/** Two layers that retry at once, and keep the law of layers. */
export class SpecimenLayers implements LayersUnderTest {
  readonly attempts: readonly number[] = [2, 3];

  // Nobody waits, but what was begun goes on only once the caller does.
  readonly advance = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };

  readonly call = (work: () => Promise<unknown>): Promise<unknown> =>
    this.attempts.reduceRight<() => Promise<unknown>>(
      (inner, attempts) => () => this.#retried(inner, this.tries(attempts)),
      work,
    )();

  protected tries(attempts: number): number {
    return attempts;
  }

  async #retried(work: () => Promise<unknown>, tries: number): Promise<unknown> {
    try {
      return await work();
    } catch (error) {
      if (tries === 1) throw error;
      return await this.#retried(work, tries - 1);
    }
  }
}
