import { AdaptiveLimit, gradient2 } from '@chimera/concurrency-limit';
import { evenly, scaling, simulate } from '@chimera/proving/sim';
import type { Study } from '../study.ts';

/** From when on all calls that end found more than half of the limit in use, and until when. */
const [fromMs, untilMs] = [180, 220];

/**
 * Gradient2 of Netflix's concurrency-limits: while times are even, and more than half of the limit
 * is used (here 100 calls at the same time), each call makes it grow by smoothing × queue, 0.2 · 4.
 */
export const limits: Study = async () => {
  const seen: number[] = [];
  const { records } = await simulate({
    demand: evenly(1_000),
    server: scaling({ service: 100 }),
    client: (site) => {
      const rule = gradient2({ initial: 120, max: 1_000 });
      const limit = new AdaptiveLimit({ rule }, site);
      // Between the ends of two calls, which come each ms.
      for (const atMs of [fromMs, untilMs]) {
        site.agenda.after(atMs + 0.5, () => seen.push(limit.state.limit));
      }
      return limit;
    },
    runFor: untilMs + 1,
  });
  const ended = records.calls.endedAt.values.filter((at) => at > fromMs + 0.5);
  const calls = ended.filter((at) => at < untilMs + 0.5).length;
  const [before = Number.NaN, after = Number.NaN] = seen;
  return [
    {
      source: 'Netflix limits',
      what: 'Gradient2, no congestion: growth per call',
      known: 0.8,
      ours: (after - before) / calls,
      within: { share: 0.02 },
    },
  ];
};
