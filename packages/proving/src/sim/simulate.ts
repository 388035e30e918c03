import {
  durationOption,
  type Duration,
  integerOption,
  refuseOption,
  seededRandom,
} from '@chimera/policy';
import { onlyKnown } from '../check/only-known.ts';
import { bare } from './clients/bare.ts';
import type { Client, ClientOf, Sent } from './clients/client.ts';
import { clientFrom } from './clients/client-from.ts';
import { Agenda } from './engine/agenda.ts';
import { Conditions } from './engine/conditions.ts';
import { checkShards, checkTriggers } from './engine/check-triggers.ts';
import { type Demand, demandOption, hasEnd, planDemand } from './engine/demand.ts';
import { countOption } from './engine/finite-option.ts';
import { seedsFrom } from './engine/site.ts';
import { peakTimes, type Trigger } from './engine/triggers.ts';
import { type CallEnd, Records } from './measures/records.ts';
import type { Answer, Request, Server, ServerOf } from './servers/server.ts';

export interface SimulationOptions {
  /** Where calls come from: `poisson(40)`, `evenly(40)`, `closed({ users: 10 })`. */
  readonly demand: Demand;
  /** What is called: `queueing({ … })`, `scaling({ … })`, or others before them. */
  readonly server: ServerOf;
  /** Who calls, as a policy, a pipeline, or `byRule`. Default: one attempt, however long it takes. */
  readonly client?: ClientOf;
  /** How many there are of them, each with policies of its own. Default 1. */
  readonly clients?: number;
  /** What goes wrong, and when. */
  readonly triggers?: readonly Trigger[];
  /** How long calls come. Needed unless the demand ends by itself, as `closed` with `callsEach` does. */
  readonly runFor?: Duration;
  /** After that, goes on until all calls have ended. Default false. */
  readonly drains?: boolean;
  /** The same seed, the same run. Default 1. */
  readonly seed?: number;
  /** Series are kept in spans of this length. Default 1 s. */
  readonly span?: Duration;
  /**
   * More events than this at one instant are refused: where answers, thinking and the waits before
   * retries all take no time, an instant never ends. Default 1 000 000.
   */
  readonly mostAtOnce?: number;
}

/** What a run was, and all that was seen of it. */
export interface Simulation {
  readonly seed: number;
  /** When it ended, in ms. */
  readonly endedAt: number;
  readonly triggers: readonly Trigger[];
  readonly records: Records;
}

const owner = 'simulate';
const known = [
  'demand',
  'server',
  'client',
  'clients',
  'triggers',
  'runFor',
  'drains',
  'seed',
  'span',
  'mostAtOnce',
];

/**
 * Plays a system in virtual time: calls, those who make them under their policies, and the servers
 * behind. Nothing waits for real: a million bare calls take about a second, and through a pipeline of
 * three policies about three.
 *
 * @throws RangeError for a wrong option, when time stands still, and when a policy is seen to set
 * timers of the machine in place of its site's.
 */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { demand, clients = 1, triggers = [], seed = 1, span = 1_000 } = options;
  const { mostAtOnce = 1_000_000 } = options;
  onlyKnown(owner, 'the options', options, known);
  demandOption(owner, demand);
  checkTriggers(owner, triggers);
  countOption(owner, 'clients', clients, 1);
  integerOption(owner, 'seed', seed, 0, 2 ** 32 - 1);
  const untilMs = untilFrom(options);
  if (typeof options.server !== 'function') {
    refuseOption(owner, 'server', 'one such as queueing({ … })', options.server);
  }
  const records = new Records(durationOption(owner, 'span', span, 1));
  const agenda = new Agenda(countOption(owner, 'mostAtOnce', mostAtOnce, 1));
  const conditions = new Conditions();
  const nextSeed = seedsFrom(seed);
  const siteOf = () => ({ agenda, conditions, random: seededRandom(nextSeed()) });

  const ofDemand = siteOf();
  const ofKeys = seededRandom(nextSeed());
  conditions.plan(triggers, agenda);
  const server = options.server(siteOf());
  checkShards(owner, triggers, conditions.shards);
  const make = options.client ?? (() => bare);
  const fleet = Array.from({ length: clients }, (_, index) => {
    const site = { clock: agenda.clock, agenda, random: seededRandom(nextSeed()) };
    return clientFrom(make, site, index, server.heedsAborts === true);
  });
  const watch = new StatusWatch(fleet, records, agenda);

  planDemand(demand, ofDemand, { untilMs, peakTimes: peakTimes(triggers) }, (user, ended) => {
    const index = clients === 1 ? 0 : (user ?? Math.trunc(ofDemand.random() * clients)) % clients;
    const client = fleet[index] ?? bare;
    records.begun.add(agenda.now);
    const call = new SimulatedCall(server, agenda, records, ofKeys(), () => {
      watch.look(index);
      ended();
    });
    agenda.timers.during(() => client.begin(call));
    watch.look(index);
  });
  await agenda.run(options.drains === true ? Infinity : untilMs);
  records.level(agenda.now, 0);
  return { seed, endedAt: agenda.now, triggers, records };
}

function untilFrom({ demand, runFor }: SimulationOptions): number {
  if (runFor !== undefined) return durationOption(owner, 'runFor', runFor, 1);
  if (hasEnd(demand)) return Infinity;
  return refuseOption(owner, 'runFor', 'given for a demand without an end', runFor);
}

class SimulatedCall {
  readonly startedAt: number;
  attempts = 0;
  readonly #server: Server;
  readonly #agenda: Agenda;
  readonly #records: Records;
  readonly #key: number;
  readonly #ended: () => void;

  constructor(server: Server, agenda: Agenda, records: Records, key: number, ended: () => void) {
    this.startedAt = agenda.now;
    this.#server = server;
    this.#agenda = agenda;
    this.#records = records;
    this.#key = key;
    this.#ended = ended;
  }

  send(answered: (answer: Answer) => void): Sent {
    this.attempts += 1;
    const attempt = new Attempt(this.#agenda, this.#records, this.#key, answered);
    this.#records.attemptCame(this.#agenda.now);
    this.#server.take(attempt);
    return attempt;
  }

  end(how: CallEnd): void {
    this.#records.callEnded(this.#agenda.now, this.startedAt, this.attempts, how);
    this.#ended();
  }
}

class Attempt implements Request {
  readonly key: number;
  isAbandoned = false;
  /** Before the instant at which it came: not yet. */
  startedAt = -1;
  readonly #cameAt: number;
  readonly #agenda: Agenda;
  readonly #records: Records;
  readonly #answered: (answer: Answer) => void;

  constructor(agenda: Agenda, records: Records, key: number, answered: (answer: Answer) => void) {
    this.key = key;
    this.#agenda = agenda;
    this.#records = records;
    this.#answered = answered;
    this.#cameAt = agenda.now;
  }

  answered(answer: Answer): void {
    this.#records.attemptLeft(this.#agenda.now, this.#cameAt, this.startedAt, answer);
    this.#answered(answer);
  }
}

/** Notes what clients say of themselves, when it changes. */
class StatusWatch {
  readonly #fleet: readonly Client[];
  readonly #records: Records;
  readonly #agenda: Agenda;
  readonly #last: string[] = [];

  constructor(fleet: readonly Client[], records: Records, agenda: Agenda) {
    this.#fleet = fleet;
    this.#records = records;
    this.#agenda = agenda;
  }

  look(client: number): void {
    const status = this.#fleet[client]?.status?.();
    if (status === undefined || status === this.#last[client]) return;
    this.#last[client] = status;
    this.#records.statuses.push({ atMs: this.#agenda.now, client, status });
  }
}
