/** What the day's process and files weigh at an instant. Sizes in bytes. */
export interface Sample {
  /** Since the day began. */
  readonly atMs: number;
  readonly rss: number;
  /** After a garbage collection, where the process may ask for one. */
  readonly heap: number;
  readonly database: number;
  readonly wal: number;
  readonly workflows: number;
  readonly queued: number;
}

export interface Flatness {
  readonly measure: 'rss' | 'heap' | 'database' | 'wal';
  /** Largest in the second cycle of the load, and in the last: the first fills what retention keeps. */
  readonly early: number;
  readonly late: number;
  readonly isFlat: boolean;
}

/** Growth over the cycles in between that is still flat: the loads of two cycles differ by chance. */
const tolerated = { rss: 1.15, heap: 1.1, database: 1.05, wal: 1.25 } as const;

/** Compares cycles of the load with each other: within one, everything may come and go. */
export function flatness(samples: readonly Sample[], cycleMs: number): readonly Flatness[] {
  const cycles = Math.floor((samples.at(-1)?.atMs ?? 0) / cycleMs);
  if (cycles < 3) throw new RangeError(`flatness: needs three cycles of the load, got ${cycles}`);
  const largest = (cycle: number, measure: Flatness['measure']): number => {
    const during = samples.filter(({ atMs }) => Math.floor(atMs / cycleMs) === cycle);
    return Math.max(...during.map((sample) => sample[measure]));
  };
  return (['rss', 'heap', 'database', 'wal'] as const).map((measure) => {
    const early = largest(1, measure);
    const late = largest(cycles - 1, measure);
    return { measure, early, late, isFlat: late <= early * tolerated[measure] };
  });
}
