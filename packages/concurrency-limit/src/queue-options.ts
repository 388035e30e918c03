import { type Call, type Duration, durationOption, integerOption } from '@chimera/policy';
import { owner } from './owner.ts';
import { highestPriority } from './wait-queue.ts';

const defaultPriority = 5;

/** How calls wait that are not admitted at once. */
export interface QueueOptions {
  /** How many may wait; 0 refuses at once. Default 1000, at most a million. */
  readonly maxQueue?: number;
  /** How long one may wait before it is refused. Default: no limit. */
  readonly maxWait?: Duration;
  /**
   * What a point of priority is worth: a call passes those that came up to this much earlier, and
   * no others. Default '1s'.
   */
  readonly ageing?: Duration;
  /**
   * The priority of a call that has to wait and was given none, from 0 to 10, the highest; other
   * numbers are brought into that range. Default: 5.
   */
  readonly priorityOf?: (call: QueuedCall) => number;
}

/** What `priorityOf` is told of a call. */
export interface QueuedCall {
  readonly key: string | undefined;
  readonly attempt: number;
  readonly deadline: number | undefined;
}

/** The options, checked and in ms. */
export interface QueueRules {
  readonly maxQueue: number;
  /** Infinity for no limit. */
  readonly maxWaitMs: number;
  readonly ageingMs: number;
  readonly priorityOf: ((call: QueuedCall) => number) | undefined;
}

export function queueRules(options: QueueOptions): QueueRules {
  const { maxQueue = 1_000, maxWait, ageing = 1_000, priorityOf } = options;
  return {
    maxQueue: integerOption(owner, 'maxQueue', maxQueue, 0, 1_000_000),
    maxWaitMs: maxWait === undefined ? Infinity : durationOption(owner, 'maxWait', maxWait, 1),
    ageingMs: durationOption(owner, 'ageing', ageing, 1),
    priorityOf,
  };
}

/** The level of a call that was given no priority. */
export function levelOf(
  { askedFor: key, attempt, deadline }: Pick<Call<unknown>, 'askedFor' | 'attempt' | 'deadline'>,
  priorityOf: QueueRules['priorityOf'],
): number {
  const priority = priorityOf?.({ key, attempt, deadline }) ?? defaultPriority;
  return Number.isNaN(priority)
    ? defaultPriority
    : Math.round(Math.min(highestPriority, Math.max(0, priority)));
}
