import { AdaptiveThrottle } from '@chimera/circuit-breaker';
import { poisson, type ServerOf, simulate, summarise } from '@chimera/proving/sim';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';

const capacityPerSecond = 100;

/** Does so much a second, a tenth of a second's worth at once at most, and refuses the rest at no cost. */
const bounded: ServerOf = ({ agenda }) => {
  const most = capacityPerSecond / 10;
  let tokens = most;
  let filledAt = 0;
  return {
    take(request) {
      tokens = Math.min(most, tokens + ((agenda.now - filledAt) * capacityPerSecond) / 1_000);
      filledAt = agenda.now;
      request.startedAt = agenda.now;
      const isTaken = tokens >= 1;
      if (isTaken) tokens -= 1;
      agenda.after(5, () => request.answered(isTaken ? 'ok' : 'refused'));
    },
  };
};

const plans = {
  small: { seconds: 90, cases: [{ multiplier: 2, times: 3 }] },
  full: {
    seconds: 600,
    cases: [
      { multiplier: 2, times: 3 },
      { multiplier: 2, times: 10 },
      { multiplier: 1.1, times: 3 },
    ],
  },
} as const satisfies Record<Extent, unknown>;

const source = 'SRE book, ch. 21';

/**
 * Client-side throttling: clients that refuse with probability
 * max(0, (requests − K · accepts) / (requests + 1)) send K times what is accepted, however many
 * calls come. Here that is the house's `AdaptiveThrottle`.
 */
export const throttling: Study = async (extent) => {
  const { cases, seconds } = plans[extent];
  const rows: Row[] = [];
  for (const { multiplier, times } of cases) {
    const run = await simulate({
      demand: poisson(times * capacityPerSecond),
      server: bounded,
      client: (site) => new AdaptiveThrottle({ multiplier, span: '30s' }, site),
      runFor: 1_000 * seconds,
    });
    const { amplification, goodput, offered } = summarise(run, { fromMs: 60_000 });
    const what = `${times} × the capacity comes, K ${multiplier}`;
    rows.push(
      {
        source,
        what: `${what}: reaches the server / capacity`,
        known: multiplier === 2 ? 2 : 1.07,
        ours: (amplification * offered) / capacityPerSecond,
        within: { share: 0.05 },
      },
      {
        source,
        what: `${what}: reaches the server / accepted`,
        known: multiplier,
        ours: (amplification * offered) / goodput,
        within: { share: 0.02 },
      },
    );
    if (multiplier === 1.1) {
      rows.push({
        source,
        what: `${what}: goodput / capacity`,
        known: 0.98,
        ours: goodput / capacityPerSecond,
        within: { share: 0.05 },
      });
    }
  }
  return rows;
};
