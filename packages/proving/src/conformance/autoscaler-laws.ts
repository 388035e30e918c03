import { type Random, seededRandom } from '@chimera/policy';
import { type AutoscalerLaw, play, told } from './autoscaler-under-test.ts';
import { steadyLaws } from './autoscaler-steady-laws.ts';

/** Steps up and down at random, each held for a while. */
function randomDemand(random: Random, most: number): (tick: number) => number {
  let held = 0;
  let wanted = 0;
  return () => {
    if (held === 0) {
      held = 1 + Math.floor(random() * 90);
      wanted = Math.floor(random() * (most + 1));
    }
    held -= 1;
    return wanted;
  };
}

const momentaryLaws: readonly AutoscalerLaw[] = [
  {
    id: 'autoscaler-1',
    name: 'the size stays within its bounds, whatever the load',
    check: async (scaler) => {
      const demand = randomDemand(seededRandom(1), scaler.max * 3);
      const moves = play(scaler, { ticks: 2_000, demand });
      const out = moves.find(({ to }) => !(to >= scaler.min && to <= scaler.max));
      if (out !== undefined) throw new Error(told(out));
    },
  },
  {
    id: 'autoscaler-2',
    name: 'a decision adds or takes a step at most, and two that go the same way are a cooldown apart',
    check: async (scaler) => {
      const last = { up: -Infinity, down: -Infinity };
      const demand = randomDemand(seededRandom(2), scaler.max * 2);
      for (const move of play(scaler, { ticks: 2_000, demand })) {
        if (move.to === move.from) continue;
        const way = move.to > move.from ? 'up' : 'down';
        const gap = move.at - last[way];
        last[way] = move.at;
        if (Math.abs(move.to - move.from) > scaler.step) throw new Error(told(move));
        if (gap < scaler.cooldownMs) throw new Error(`${told(move)}, ${gap} ms after the last`);
      }
    },
  },
  {
    id: 'autoscaler-6',
    name: 'between its thresholds nothing moves',
    check: async (scaler) => {
      const [low, high] = scaler.deadBand;
      for (let size = scaler.min; size <= scaler.max; size += 1)
        for (let running = 0; running <= size; running += 1) {
          const share = running / size;
          if (share <= low || share >= high) continue;
          const at = (size * 1_000 + running) * scaler.cooldownMs;
          const to = scaler.decide({ at, size, running, queued: 0 });
          if (to !== size) throw new Error(`${running} of ${size} are busy, and it wants ${to}`);
        }
    },
  },
  {
    id: 'autoscaler-8',
    name: 'no slot is taken away under work that runs',
    check: async ({ cooldownMs, decide, max, min }) => {
      let at = 0;
      for (let size = min; size <= max; size += 1)
        for (let running = 0; running <= size; running += 1) {
          at += 2 * cooldownMs + 1;
          const to = decide({ at, size, running, queued: 0 });
          if (!(to >= running))
            throw new Error(`${running} of ${size} are busy, and it wants ${to}`);
        }
    },
  },
  {
    id: 'autoscaler-9',
    name: 'what is not known moves nothing',
    check: async (scaler) => {
      const size = scaler.min;
      for (const [index, value] of [Number.NaN, Infinity, -1].entries()) {
        const at = index * scaler.cooldownMs * 2;
        const seen = [
          { at, size, running: value, queued: 50 },
          { at: at + 1, size, running: size, queued: value },
        ];
        for (const load of seen) {
          const to = scaler.decide(load);
          if (to !== size)
            throw new Error(`${load.running} run and ${load.queued} wait, and it wants ${to}`);
        }
      }
    },
  },
];

export const autoscalerLaws: readonly AutoscalerLaw[] = [...momentaryLaws, ...steadyLaws];
