import * as fc from 'fast-check';
import type { Task } from '../src/index.ts';

/** Instants in seconds around the corners of the score, and between them. */
const corners = [0, 1, 30, 300, 900, 1_350, 1_440, 1_500, 1_650, 1_740, 1_800, 4_440];
export const arbitraryInstant: fc.Arbitrary<number> = fc.oneof(
  fc.nat(8_000_000),
  fc
    .tuple(
      fc.constantFrom(...corners),
      fc.constantFrom(...corners),
      fc.integer({ min: -1, max: 1 }),
    )
    .map(([a, b, off]) => (a + b) * 1_000 + off),
);

export const arbitraryUtilisation: fc.Arbitrary<number> = fc.constantFrom(0, 0.7, 0.71, 1);

export const arbitraryEstimate: fc.Arbitrary<number | undefined> = fc.constantFrom(
  undefined,
  0,
  1,
  1_000,
  59_999,
  60_000,
  600_000,
);

export const arbitraryTasks: fc.Arbitrary<Task[]> = fc
  .array(
    fc.record({
      priority: fc.nat(10),
      enqueuedAt: arbitraryInstant,
      estimateMs: arbitraryEstimate,
    }),
    { maxLength: 60 },
  )
  .map((tasks) =>
    tasks.map(({ priority, enqueuedAt, estimateMs }, index) => ({
      id: `t${index}`,
      priority,
      enqueuedAt,
      ...(estimateMs === undefined ? {} : { estimateMs }),
    })),
  );
