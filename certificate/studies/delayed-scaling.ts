import { decide, initialState, scalingPolicy, scalingRule } from '@chimera/pool-autoscaler';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';

/** Large, so that whole slots are all but continuous; half of the slots have work, so none is refused. */
const wanted = 500_000;
const running = wanted / 2;
const disturbance = 50_000;

interface Lag {
  /** Errors seen and not yet acted upon, the oldest first. */
  readonly errors: readonly number[];
}

/** Corrects a share of the error that it saw so many ticks ago. */
function lagging(gain: number, delay: number) {
  return scalingRule<Lag>({
    name: 'lagging',
    pace: { upBy: Infinity, downBy: Infinity, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 },
    advise({ size, running: busy }, memory) {
      const errors = [...(memory?.errors ?? []), size - 2 * busy];
      const isDue = errors.length > delay;
      const want = size - gain * (isDue ? (errors[0] ?? 0) : 0);
      return {
        advice: { want: Math.max(busy, want), reason: 'so far off it was' },
        memory: { errors: isDue ? errors.slice(1) : errors },
      };
    },
  });
}

/** Whether a disturbance dies away instead of growing. */
function isStable(gain: number, delay: number, ticks: number): boolean {
  const policy = scalingPolicy({ min: 1, max: 1_000_000, rules: lagging(gain, delay) });
  let state = initialState;
  let size = wanted + disturbance;
  let largest = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const decided = decide({ size, running, queued: 0, at: 1_000 * tick }, state, policy);
    state = decided.state;
    size = decided.decision.to;
    if (tick > 0.9 * ticks) largest = Math.max(largest, Math.abs(size - wanted));
  }
  return largest < disturbance;
}

/** The gain at which it begins to swing, by halving. */
function borderOf(delay: number, ticks: number): number {
  let [stable, unstable] = [0.01, 2.5];
  while (unstable - stable > 0.000_5) {
    const middle = (stable + unstable) / 2;
    if (isStable(middle, delay, ticks)) stable = middle;
    else unstable = middle;
  }
  return (stable + unstable) / 2;
}

const plans = {
  small: { delays: [0, 1, 2], ticks: 600 },
  full: { delays: [0, 1, 2, 3, 5, 10], ticks: 4_000 },
} as const satisfies Record<Extent, unknown>;

/**
 * A scaler that adds gain times an error that it sees `d` ticks late is stable for gains under
 * 2 · sin(π / (2 (2d + 1))). The decisions are the pool autoscaler's own, with that rule.
 */
export const delayedScaling: Study = async (extent) => {
  const { delays, ticks } = plans[extent];
  return delays.map((delay): Row => ({
    source: 'Delayed integrator',
    what: `seen ${delay} ticks late: largest stable gain`,
    known: 2 * Math.sin(Math.PI / (2 * (2 * delay + 1))),
    ours: borderOf(delay, ticks),
    within: { share: 0.02 },
  }));
};
