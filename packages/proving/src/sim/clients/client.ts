import type { Clock, Random } from '@chimera/policy';
import type { Agenda } from '../engine/agenda.ts';
import type { CallEnd } from '../measures/records.ts';
import type { Answer } from '../servers/server.ts';

/** An attempt on its way. */
export interface Sent {
  /** Set when nobody waits for the answer any more; servers that know of it spare themselves the work. */
  isAbandoned: boolean;
}

/** One call of the load, for a client to make. */
export interface ClientCall {
  readonly startedAt: number;
  /** Sends an attempt; the answer may come at once. */
  send(answered: (answer: Answer) => void): Sent;
  /** Once. */
  end(how: CallEnd): void;
}

/** Makes calls: decides how often, how long and whether at all. */
export interface Client {
  begin(call: ClientCall): void;
  /** In a word, for the report: that of its breaker, as a rule. */
  status?(): string;
}

/** A policy or a pipeline of them: Chimera's, or anybody's that runs on a clock that is handed over. */
export interface Executes {
  execute<T>(operation: (context: { readonly signal: AbortSignal }) => Promise<T>): Promise<T>;
}

/** A policy, and what to say of it over time. */
export interface Watched {
  readonly policy: Executes;
  readonly status: () => string;
}

/** What a client is made of. */
export interface ClientSite {
  readonly clock: Clock;
  readonly random: Random;
  readonly agenda: Agenda;
}

/** Sets a client up; the first is 0. */
export type ClientOf = (site: ClientSite, index: number) => Client | Executes | Watched;
