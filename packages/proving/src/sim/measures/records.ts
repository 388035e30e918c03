import type { Answer } from '../servers/server.ts';
import { Column } from './column.ts';
import { Series } from './series.ts';

/** How a call ended: with its result, with a failure, or refused by a policy before a server saw it. */
export type CallEnd = 'ok' | 'failed' | 'rejected';

/** The status of one client at an instant. */
export interface StatusChange {
  readonly atMs: number;
  readonly client: number;
  readonly status: string;
}

/** Calls that ended, in the order of their ends; one column each, a row for each call. */
export interface CallLog {
  readonly startedAt: Column;
  readonly endedAt: Column;
  readonly attempts: Column;
  /** 1 when it ended with its result. */
  readonly isGood: Column;
}

/** All that is kept of a run. Everything that is reported follows from it. */
export class Records {
  readonly calls: CallLog = {
    startedAt: new Column(),
    endedAt: new Column(),
    attempts: new Column(),
    isGood: new Column(),
  };
  /** Of attempts whose service began: when they came, and how long they waited for it, in ms. */
  readonly waits: { readonly cameAt: Column; readonly waitMs: Column } = {
    cameAt: new Column(),
    waitMs: new Column(),
  };
  readonly statuses: StatusChange[] = [];
  /** Calls by their beginning. */
  readonly begun: Series;
  /** Attempts by their beginning. */
  readonly attempts: Series;
  /** Calls that ended with their result. */
  readonly good: Series;
  readonly bad: Series;
  readonly rejected: Series;
  readonly refusals: Series;
  /** Attempts in the system × ms. */
  readonly population: Series;
  /** Attempts that a server has and has not answered. */
  inSystem = 0;
  #levelSince = 0;

  constructor(spanMs: number) {
    const series = () => new Series(spanMs);
    this.begun = series();
    this.attempts = series();
    this.good = series();
    this.bad = series();
    this.rejected = series();
    this.refusals = series();
    this.population = series();
  }

  attemptCame(atMs: number): void {
    this.attempts.add(atMs);
    this.level(atMs, 1);
  }

  attemptLeft(atMs: number, cameAt: number, startedAt: number, answer: Answer): void {
    this.level(atMs, -1);
    if (answer === 'refused') this.refusals.add(atMs);
    if (startedAt >= cameAt) {
      this.waits.cameAt.push(cameAt);
      this.waits.waitMs.push(startedAt - cameAt);
    }
  }

  callEnded(atMs: number, startedAt: number, attempts: number, end: CallEnd): void {
    const { calls } = this;
    calls.startedAt.push(startedAt);
    calls.endedAt.push(atMs);
    calls.attempts.push(attempts);
    calls.isGood.push(end === 'ok' ? 1 : 0);
    (end === 'ok' ? this.good : this.bad).add(atMs);
    if (end === 'rejected') this.rejected.add(atMs);
  }

  /** The population changes by so much; 0 to close the books at an instant. */
  level(atMs: number, by: number): void {
    this.population.hold(this.inSystem, this.#levelSince, atMs);
    this.#levelSince = atMs;
    this.inSystem += by;
  }
}
