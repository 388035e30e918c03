import type { ConformanceLaw } from './scorecard.ts';

/** What waits. Instants in ms on one clock. */
export interface WaitingTask {
  readonly id: string;
  readonly priority: number;
  readonly at: number;
  /** Whose it is; given where a scheduler promises shares or limits. */
  readonly key?: string;
  /** How long it will run, in ms; given where a scheduler promises shares. */
  readonly costMs?: number;
  /** Instant from which its result is of no use; given where a scheduler promises that it expires. */
  readonly expiresAt?: number;
}

/**
 * A queue of priorities that is empty, and what it promises. A law of what it does not promise is
 * kept.
 */
export interface SchedulerUnderTest {
  /** Longest that a task of the lowest priority is passed over by newer ones of the highest; Infinity: for ever. */
  readonly agesWithinMs: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of those tasks that each counts, how many run at once at most. */
  readonly limits?: readonly {
    readonly most: number;
    readonly counts: (task: WaitingTask) => boolean;
  }[];
  /** Shares of the keys that have tasks waiting, relative to each other. */
  readonly weights?: Readonly<Record<string, number>>;
  /**
   * What waits at most (400 or more: the other laws let so many wait), and the ids of all that
   * were turned away for it, newcomers among them.
   */
  readonly capacity?: { readonly most: number; readonly shed: () => readonly string[] };
  /** What has expired is not served any more. */
  readonly expires?: boolean;
  readonly add: (task: WaitingTask) => void;
  readonly cancel: (id: string) => void;
  readonly reprioritise: (id: string, priority: number) => void;
  /** Takes the next, which runs until `finish`. */
  readonly take: (at: number) => string | undefined;
  readonly finish?: (id: string) => void;
  /** How many wait. */
  readonly waiting: () => number;
}

export type SchedulerLaw = ConformanceLaw<SchedulerUnderTest> & { readonly id: string };

/** Takes the next and runs it in no time. */
export function serve({ finish, take }: SchedulerUnderTest, at: number): string | undefined {
  const id = take(at);
  if (id !== undefined) finish?.(id);
  return id;
}

export function serveAll(queue: SchedulerUnderTest, at: number): readonly string[] {
  const served: string[] = [];
  for (let id = serve(queue, at); id !== undefined; id = serve(queue, at)) served.push(id);
  return served;
}

export function expectOrder(served: readonly string[], expected: readonly string[]): void {
  if (served.join() !== expected.join())
    throw new Error(`it serves ${served.join(', ')}, and not ${expected.join(', ')}`);
}
