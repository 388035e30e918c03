import { seededRandom } from '@chimera/policy';
import type { ConformanceLaw } from './scorecard.ts';

/** Retries around retries, as where a service that retries calls one that does. */
export interface LayersUnderTest {
  /** Most attempts of each layer, the first included, from the outermost to the innermost. */
  readonly attempts: readonly number[];
  readonly call: (work: () => Promise<unknown>) => Promise<unknown>;
  /** Lets the calls that wait go on. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Longer than all waits between so many attempts. */
const longMs = 24 * 3_600_000;

export const layerLaws: readonly (ConformanceLaw<LayersUnderTest> & { readonly id: string })[] = [
  {
    id: 'retry-10',
    name: 'retries around retries make no more calls than their attempts multiplied',
    check: async ({ advance, attempts, call }) => {
      const most = attempts.reduce((product, each) => product * each, 1);
      const random = seededRandom(10);
      for (let round = 0; round < 40; round += 1) {
        const failing = round % 4 === 0 ? 1 : random();
        let calls = 0;
        let isOver = false;
        const over = call(async () => {
          calls += 1;
          if (calls <= most * 2 && random() < failing) throw new Error('it fails');
        }).then(
          () => (isOver = true),
          () => (isOver = true),
        );
        await advance(longMs);
        if (!isOver) throw new Error(`after ${calls} calls it has not ended within a day`);
        await over;
        if (calls > most)
          throw new Error(`${calls} calls, where ${attempts.join(' times ')} allow ${most}`);
      }
    },
  },
];
