import { integerOption, numberOption } from '@chimera/policy';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface GradientOptions {
  /** Latency may rise to this many times the long-term latency before the limit falls; default 1.5. */
  readonly tolerance?: number;
  /** Slots that the limit may exceed what latency justifies, so that it can find out; default 1. */
  readonly probe?: number;
  /** Share of the way to the new limit taken per reading; default 0.2. */
  readonly smoothing?: number;
  /** Readings that the long-term latency spans; default 600. */
  readonly longWindow?: number;
}

interface GradientMemory {
  readonly limit: number;
  readonly longMs: number;
}

const owner = 'pool-autoscaler';

/**
 * A limit that follows the latency of the work (`p95Ms`), after Netflix's Gradient2: it rises slot
 * by slot while latency stays what it was in the long run, and falls where more slots only make each
 * piece of work slower. Within it the rule asks for a slot for all work there is, and no other rule
 * may exceed it. It does not rise while less than half of it is used: an idle pool proves nothing.
 * Until a latency is known there is no limit, and while it is unknown the limit stands still.
 *
 * No rule cuts running work or shrinks while work is queued, so in a full pool a lower limit only
 * stops growth; for a limit that holds at once, limit the calls themselves.
 *
 * @throws RangeError for options out of range.
 */
export function gradient(options: GradientOptions = {}): ScalingRule {
  const tolerance = numberOption(owner, 'tolerance', options.tolerance ?? 1.5, 1);
  const probe = numberOption(owner, 'probe', options.probe ?? 1, 0);
  const smoothing = numberOption(owner, 'smoothing', options.smoothing ?? 0.2, 0.001, 1);
  const longWindow = integerOption(owner, 'longWindow', options.longWindow ?? 600, 1);
  return scalingRule<GradientMemory | undefined>({
    name: 'gradient',
    pace: { upBy: Infinity, downBy: 1, upEveryMs: 0, downEveryMs: 2_000, reversalMs: 10_000 },
    advise({ size, running, demand, p95Ms, min, max }, memory) {
      const latencyMs = p95Ms !== undefined && p95Ms > 0 ? p95Ms : undefined;
      const first = latencyMs === undefined ? undefined : { limit: size, longMs: latencyMs };
      const before = memory ?? first;
      if (before === undefined) {
        const advice = { want: demand, reason: `no latency is known, ${demand} have work` };
        return { advice, memory: undefined };
      }
      let { limit, longMs } = before;
      if (latencyMs !== undefined) {
        longMs += (latencyMs - longMs) / longWindow;
        // After a long time of slowness the long-term latency comes down faster.
        if (longMs > 2 * latencyMs) longMs *= 0.95;
        const slope = Math.min(1, Math.max(0.5, (tolerance * longMs) / latencyMs));
        const next = (1 - smoothing) * limit + smoothing * (slope * limit + probe);
        if (next < limit || running >= limit / 2) limit = next;
      }
      limit = Math.min(max, Math.max(min, limit));
      const whole = Math.floor(limit + 1e-9);
      const reason = `latency allows ${limit.toFixed(1)} slots, ${demand} have work`;
      return {
        advice: { want: Math.min(demand, whole), limit: whole, reason },
        memory: { limit, longMs },
      };
    },
  });
}
