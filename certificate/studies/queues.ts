import {
  exponential,
  intervalOf,
  poisson,
  queueing,
  simulate,
  summarise,
} from '@chimera/proving/sim';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';
import { erlangC, timeInSystem } from './erlang.ts';

const serviceMs = 10;

const plans = {
  small: {
    systems: [
      { slots: 1, utilisation: 0.5 },
      { slots: 5, utilisation: 0.6 },
    ],
    runs: 8,
    callsEach: 20_000,
    share: 0.06,
  },
  full: {
    systems: [
      { slots: 1, utilisation: 0.8 },
      { slots: 5, utilisation: 0.8 },
      { slots: 20, utilisation: 0.95 },
    ],
    runs: 10,
    callsEach: 1_000_000,
    share: 0.02,
  },
} as const satisfies Record<Extent, unknown>;

/** Erlang's and Little's laws, each by replications of which the first tenth is left out. */
export const queues: Study = async (extent) => {
  const plan = plans[extent];
  const rows: Row[] = [];
  for (const { slots, utilisation } of plan.systems) {
    const perSecond = (1_000 / serviceMs) * slots * utilisation;
    const forMs = (1_000 * plan.callsEach) / perSecond;
    const waiting: number[] = [];
    const times: number[] = [];
    const ratios: number[] = [];
    for (let seed = 1; seed <= plan.runs; seed += 1) {
      const run = await simulate({
        seed,
        demand: poisson(perSecond),
        server: queueing({ slots, service: exponential(serviceMs) }),
        runFor: forMs,
      });
      const { latency, offered, population } = summarise(run, { fromMs: forMs / 10 });
      const { values } = run.records.waits.waitMs;
      const late = values.subarray(values.length / 10);
      waiting.push(late.reduce((count, ms) => (ms > 0 ? count + 1 : count), 0) / late.length);
      times.push(latency.mean / serviceMs);
      ratios.push(population / ((offered / 1_000) * latency.mean));
    }
    const name = `M/M/${slots}, ρ ${utilisation}`;
    const within = { share: plan.share };
    rows.push(
      {
        source: 'Erlang C',
        what: `${name}: share that waits`,
        known: erlangC(slots, slots * utilisation),
        ours: intervalOf(waiting),
        within,
      },
      {
        source: 'Erlang C',
        what: `${name}: time in system / service`,
        known: timeInSystem(slots, slots * utilisation),
        ours: intervalOf(times),
        within,
      },
      { source: 'Little', what: `${name}: L / λW`, known: 1, ours: intervalOf(ratios), within },
    );
  }
  return rows;
};
