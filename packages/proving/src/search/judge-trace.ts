import type { ClientOf } from '../sim/clients/client.ts';
import { poisson } from '../sim/engine/demand.ts';
import { seedsFrom } from '../sim/engine/site.ts';
import { type Interval, intervalOf } from '../sim/measures/interval.ts';
import type { ServerOf } from '../sim/servers/server.ts';
import { simulate, type Simulation } from '../sim/simulate.ts';
import { Bounded } from './bounded.ts';
import { harmOf, type Totals, totalsOf } from './measure.ts';
import { runForMs, type Settings, spanMs } from './settings.ts';
import type { Trace } from './trace.ts';

/** What is judged: a policy, and what is called. */
export interface JudgedSystem {
  /** As in `simulate`: makes the policy or the pipeline of each client. */
  readonly policy: ClientOf;
  readonly server: ServerOf;
  /** What the policy is held against. Default: one attempt, however long it takes. */
  readonly without?: ClientOf;
}

/** The same calls with the policy and without it. */
interface Pair {
  readonly policy: Side;
  readonly without: Side;
  readonly harm: number;
}

export interface Side {
  readonly run: Simulation;
  readonly totals: Totals;
}

export interface Judged {
  /** One for each seed that was tried; none were before a run that was cut off. */
  readonly pairs: readonly Pair[];
  readonly harm: Interval;
  /** The interval of all seeds lies at or above the margin. */
  readonly isHarm: boolean;
  /** A run came to more than `maxAttempts`: nothing can be said. */
  readonly isCutOff: boolean;
}

/** Seeds of several purposes, none of which tells of another. */
export function seedsOf({ runs, seed }: Pick<Settings, 'runs' | 'seed'>): {
  readonly evolution: number;
  /** What harms by these has to harm by the next as well. */
  readonly search: readonly number[];
  readonly check: readonly number[];
  /** Those that have no part in what is found, and by which it is told. */
  readonly unseen: readonly number[];
} {
  const next = seedsFrom(seed);
  const seeds = (count: number) => Array.from({ length: count }, next);
  return {
    evolution: next(),
    search: seeds(runs),
    check: seeds(2 * runs),
    unseen: seeds(5 * runs),
  };
}

/**
 * Plays a trace with the policy and without it, both with the same seeds: the same calls come at the
 * same instants and for the same keys (common random numbers), so that what differs is the policy's
 * doing.
 * @param stopsEarly when the seeds so far speak against harm; most traces do none.
 */
export async function judgeTrace(
  trace: Trace,
  system: JudgedSystem,
  settings: Settings,
  seeds: readonly number[],
  stopsEarly = false,
): Promise<Judged> {
  const pairs: Pair[] = [];
  for (const seed of seeds) {
    const policy = await sideOf(trace, system, settings, seed, system.policy);
    const without = policy && (await sideOf(trace, system, settings, seed, system.without));
    if (policy === undefined || without === undefined) {
      return { ...summed(pairs), isHarm: false, isCutOff: true };
    }
    const harm = harmOf(settings.measure, policy.totals, without.totals);
    pairs.push({ policy, without, harm });
    if (stopsEarly && summed(pairs).harm.mean < settings.margin) break;
  }
  const { harm } = summed(pairs);
  const isHarm = pairs.length === seeds.length && harm.low >= settings.margin;
  return { pairs, harm, isHarm, isCutOff: false };
}

function summed(pairs: readonly Pair[]): Pick<Judged, 'pairs' | 'harm'> {
  return { pairs, harm: intervalOf(pairs.map(({ harm }) => harm)) };
}

/** One run; undefined when it was cut off. */
async function sideOf(
  trace: Trace,
  { server }: JudgedSystem,
  settings: Settings,
  seed: number,
  client: ClientOf | undefined,
): Promise<Side | undefined> {
  const bounded = new Bounded(settings.maxAttempts);
  const run = await simulate({
    seed,
    demand: poisson(settings.load),
    server: bounded.server(server),
    clients: settings.clients,
    triggers: trace,
    runFor: runForMs(settings),
    span: spanMs,
    ...(client !== undefined && { client: bounded.client(client) }),
  });
  if (bounded.isCutOff) return undefined;
  // Calls that come later may still be waited for when the run ends.
  const untilMs = spanMs * Math.floor((runForMs(settings) - settings.patienceMs) / spanMs);
  return { run, totals: totalsOf(run, { patienceMs: settings.patienceMs, untilMs }) };
}
