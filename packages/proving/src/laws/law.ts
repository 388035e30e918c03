import type { History } from '../check/history.ts';
import type { Rules } from '../check/rules.ts';
import type { Program } from '../check/step.ts';

/** Where and how a history breaks a law. */
export interface Breach {
  /** Index of the event in `seen`. */
  readonly at: number;
  /** What was seen that the law forbids, in a few words. */
  readonly says: string;
}

/** Something that holds of every history of a right policy. */
export interface HistoryLaw<R extends Rules = Rules> {
  /** Stable: `breaker-4` means the same in every version. */
  readonly id: string;
  /** What holds, for people. */
  readonly prose: string;
  check(history: History<R>): Breach | undefined;
}

/** Two programs that have to come to the same: the law is broken when calls begin, end or are answered otherwise. */
export interface TwinLaw {
  readonly id: string;
  readonly prose: string;
  /** The other program; undefined when the law has nothing to say about this one. */
  twin(program: Program): Program | undefined;
}

export type Law<R extends Rules = Rules> = HistoryLaw<R> | TwinLaw;

/** The same program without some of its steps, if it has any. */
export function without(program: Program, step: Program[number]['do']): Program | undefined {
  const rest = program.filter((each) => each.do !== step);
  return rest.length === program.length ? undefined : rest;
}
