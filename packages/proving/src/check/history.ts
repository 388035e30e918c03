import type { Rules } from './rules.ts';
import type { Ending } from './step.ts';

export type Status = 'closed' | 'open' | 'half-open' | '';

/**
 * How a call was answered: with what attempt `of` gave (the same result or error), by a refusal, by
 * a timeout, with the caller's own reason for the abort, or with something else.
 */
export type Answer =
  | { readonly as: 'result' | 'error'; readonly attempt: number; readonly call: number }
  | { readonly as: 'refused'; readonly retryAfterMs?: number | undefined }
  | { readonly as: 'timed out' | 'aborted' }
  | { readonly as: 'other'; readonly what: string };

/** One thing that was seen from outside. `at` is monotonic ms. */
export type Seen =
  | {
      readonly type: 'called';
      readonly at: number;
      readonly call: number;
      /** Monotonic, ms. */
      readonly deadline?: number | undefined;
    }
  | {
      readonly type: 'started';
      readonly at: number;
      readonly call: number;
      readonly attempt: number;
    }
  | {
      readonly type: 'ended';
      readonly at: number;
      readonly call: number;
      readonly attempt: number;
      /** `A` when its signal ended it. */
      readonly gives: Ending | 'A';
      readonly hintMs?: number | undefined;
    }
  /** The signal that an attempt was given was aborted. */
  | {
      readonly type: 'signalled';
      readonly at: number;
      readonly call: number;
      readonly attempt: number;
    }
  | {
      readonly type: 'answered';
      readonly at: number;
      readonly call: number;
      readonly answer: Answer;
    }
  | { readonly type: 'aborted'; readonly at: number; readonly call: number }
  | { readonly type: 'status'; readonly at: number; readonly status: Status }
  | { readonly type: 'waited'; readonly at: number; readonly ms: number }
  | { readonly type: 'jumped'; readonly at: number; readonly ms: number }
  | { readonly type: 'restarted'; readonly at: number }
  /** From here on everything succeeds at once. */
  | { readonly type: 'healing'; readonly at: number }
  /** From here on what hangs ends. */
  | { readonly type: 'clearing'; readonly at: number }
  /** The end: what is left over. */
  | {
      readonly type: 'rested';
      readonly at: number;
      readonly timers: number;
      readonly listeners: number;
    };

export type SeenOf<Type extends Seen['type']> = Extract<Seen, { readonly type: Type }>;

/** All that was seen of one run, in order. */
export interface History<R extends Rules = Rules> {
  readonly rules: R;
  readonly seen: readonly Seen[];
  /** Can it be told what state the policy is in? */
  readonly hasStatus: boolean;
  /** Timers of the machine that were set meanwhile, as far as the platform tells. */
  readonly machineTimers?: number;
}

export function all<Type extends Seen['type']>(
  { seen }: History,
  type: Type,
): readonly SeenOf<Type>[] {
  return seen.filter((event): event is SeenOf<Type> => event.type === type);
}
