import type { FaultPlan, FaultRule } from '@chimera/proving/chaos';
import { draw } from './draw.ts';

/** What may go wrong, and how bad it gets at most: the share of the calls. */
const possible: readonly (FaultRule & { readonly worst: number })[] = [
  { worst: 0.15, keys: ['worker:*'], fault: 'error', code: 'CHAOS_AGENT' },
  { worst: 0.05, keys: ['worker:*'], fault: 'hang' },
  { worst: 0.15, keys: ['worker:*'], fault: 'latency', ms: [10, 9_000] },
  // Past the timeout of a phase: the answer comes when nobody waits any more.
  { worst: 0.1, keys: ['worker:*'], fault: 'late', ms: [10, 15_000] },
  { worst: 0.1, keys: ['worker:*'], fault: 'duplicate' },
  { worst: 0.05, keys: ['worker:*'], fault: 'partial' },
  { worst: 0.1, keys: ['worker:*'], fault: 'drip', ms: [10, 500] },
  { worst: 0.1, keys: ['store:apply', 'store:submit'], fault: 'error', code: 'STORE_IO_ERROR' },
  // Committed, and nobody hears of it.
  { worst: 0.1, keys: ['store:apply', 'store:submit'], fault: 'partial' },
  { worst: 0.15, keys: ['store:claim'], fault: 'error', code: 'STORE_IO_ERROR' },
  { worst: 0.3, keys: ['store:renew', 'store:recover'], fault: 'error', code: 'STORE_IO_ERROR' },
  { worst: 0.1, keys: ['store:*'], fault: 'latency', ms: [1, 2_000] },
  { worst: 0.1, keys: ['store:*'], fault: 'late', ms: [1, 2_000] },
];

/** Some of it, more or less often. */
export function randomPlan(seed: number): FaultPlan {
  const rules = possible.flatMap(({ worst, ...rule }, index): FaultRule[] =>
    draw(seed, 'fault', index) < 0.4
      ? [{ ...rule, share: worst * draw(seed, 'share', index) }]
      : [],
  );
  return { seed, rules };
}
