import type { ConformanceLaw } from './scorecard.ts';

export interface ParkedError {
  readonly message: string;
  readonly code?: string;
  readonly cause?: ParkedError;
}

export interface ParkedLetter {
  readonly id: string;
  readonly task: string;
  readonly error: ParkedError;
}

/** What a task fails with. */
export type TaskError = Error & {
  readonly code?: string;
  /** False for what a second try cannot change. */
  readonly retryable?: boolean;
};

/** All that is given must match; nothing given: every letter. */
export interface LetterFilter {
  readonly task?: string;
  readonly code?: string;
  /** Parked for longer than this. */
  readonly olderThanMs?: number;
}

/** One worker, what retries for it, and the dead letter queue behind. */
export interface WorkUnderTest {
  /** Most attempts of a task, the first included. */
  readonly maxAttempts: number;
  readonly now: () => number;
  /**
   * Works off these tasks, in this order as far as they are due, one at a time: until each is done
   * or parked. An attempt takes its own time by `advance`.
   */
  readonly run: (
    tasks: readonly string[],
    attempt: (task: string) => Promise<void>,
  ) => Promise<void>;
}

/** A dead letter queue that is empty, and its clock. What it does not offer is not held to its laws. */
export interface DeadLettersUnderTest {
  /** Times that a task may be replayed; Infinity: any. */
  readonly maxReplays: number;
  /** Most letters that are parked at once, 24 or more; default: any number. */
  readonly capacity?: number;
  /** Of a queue with a capacity: how many letters it has dropped. */
  readonly dropped?: () => Promise<number>;
  readonly park: (task: string, error: TaskError) => Promise<string>;
  /** Those that nobody has seen to, in any order. */
  readonly parked: () => Promise<readonly ParkedLetter[]>;
  /** Puts one back: rejects when it is not parked any more, when its task was replayed too often, and when `enqueue` does. */
  readonly replay: (id: string, enqueue: (task: string) => Promise<void>) => Promise<void>;
  /** Puts back all that match. */
  readonly replayAll?: (
    filter: LetterFilter,
    enqueue: (task: string) => Promise<void>,
  ) => Promise<void>;
  /** Removes what has been parked for longer than this; returns how many. */
  readonly purge: (olderThanMs: number) => Promise<number>;
  readonly advance: (ms: number) => Promise<void>;
  readonly work?: WorkUnderTest;
}

export type DeadLetterLaw = ConformanceLaw<DeadLettersUnderTest> & { readonly id: string };

export function failure(
  message: string,
  { cause, ...rest }: Pick<TaskError, 'code' | 'retryable' | 'cause'> = {},
): TaskError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), rest);
}

/** The tasks that are parked, sorted. */
export async function tasksOf({ parked }: DeadLettersUnderTest): Promise<readonly string[]> {
  return (await parked()).map(({ task }) => task).sort();
}

export function expectSame(seen: unknown, expected: unknown, what: string): void {
  const [saw, wanted] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (saw !== wanted) throw new Error(`${what}: expected ${wanted}, got ${saw}`);
}
