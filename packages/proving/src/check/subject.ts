import { isRejection, refuseOption } from '@chimera/policy';
import type { World } from '../world/world.ts';
import type { Status } from './history.ts';

/** The operation of a call. It is given the signal itself that the policy passes on, if it does. */
export type Work = (signal: AbortSignal | undefined) => unknown;

type Saying = 'refused' | 'timed out' | 'aborted';

export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  /** Monotonic, ms. */
  readonly deadline: number | undefined;
}

/** A policy under test, whoever wrote it. Only `call` is needed; with more, more is checked. */
export interface Subject {
  /** Runs the operation under the policy. */
  call(work: Work, settings: CallSettings): unknown;
  /** What an error of the policy's own says; undefined for one that it passes on. */
  says?(error: unknown): Saying | undefined;
  /** After how long a refused call may come again, in ms. */
  retryAfterMs?(error: unknown): number | undefined;
  status?(): Status;
  /** Instants from now on, in ms from now, at which the policy changes by itself. */
  deadlines?(): readonly number[];
  /** Its state as plain JSON. */
  snapshot?(): unknown;
  /** A new one that takes up the state. */
  restart?(snapshot: unknown): Subject | Executes;
  /** Can callers give up? True unless said otherwise. */
  readonly isAbortable?: boolean;
  /** Gives back what it borrowed. */
  close?(): void;
}

/**
 * A policy that keeps the contract of `@chimera/policy`, or looks as if. What else a {@link Subject}
 * tells can stand beside `execute`.
 */
export interface Executes extends Partial<Omit<Subject, 'call' | 'retryAfterMs' | 'status'>> {
  execute(
    operation: (context: { readonly signal: AbortSignal }) => unknown,
    options?: { readonly signal?: AbortSignal; readonly deadline?: number },
  ): unknown;
  readonly status?: string | (() => Status);
  /** As in a {@link Subject}. A number is the policy's own affair, such as that of a breaker. */
  readonly retryAfterMs?: number | ((error: unknown) => number | undefined);
}

/** Makes what is to be tested, for one run: its time and chance are the world's. */
export type Create = (world: World) => Subject | Executes;

const owner = 'proving';
const sayings = ['refused', 'timed out', 'aborted', undefined];
const statuses = ['closed', 'open', 'half-open', ''];
const methods = ['says', 'deadlines', 'snapshot', 'restart', 'close'] as const;

/**
 * Told apart by what they can do.
 * @throws RangeError for what can do neither, and what tells something in no form that is read.
 */
export function subjectOf(made: Subject | Executes): Subject {
  if (typeof made !== 'object' || made === null || !('call' in made || 'execute' in made)) {
    refuseOption(owner, 'what create returns', 'an object with execute or call', made);
  }
  return 'call' in made ? ofCall(made) : ofExecute(made);
}

function ofCall(made: Subject): Subject {
  for (const method of ['status', 'retryAfterMs'] as const) {
    const given: unknown = made[method];
    if (given !== undefined && typeof given !== 'function') {
      refuseOption(owner, `${method} beside call`, 'a function', given);
    }
  }
  return {
    call: (work, settings) => made.call(work, settings),
    ...told(made),
    ...(made.status && { status: () => statusWord(made.status?.()) }),
  };
}

function ofExecute(made: Executes): Subject {
  const { status } = made;
  const own = told(made);
  return {
    call: (work, { signal, deadline }) => {
      // Whoever hands on no context hands on no signal.
      const operation = (context?: { readonly signal: AbortSignal }) => work(context?.signal);
      return signal === undefined && deadline === undefined
        ? made.execute(operation)
        : made.execute(operation, {
            ...(signal !== undefined && { signal }),
            ...(deadline !== undefined && { deadline }),
          });
    },
    retryAfterMs: (error) => (isRejection(error) ? error.retryAfterMs : undefined),
    ...(typeof status === 'function' && { status: () => statusWord(status.call(made)) }),
    ...(isStatus(status) && { status: () => statusOf(made.status) }),
    ...own,
    says: (error) => own.says?.(error) ?? contractSays(error),
  };
}

/** What stands beside `call` or `execute`, of an object or of its class. */
function told(made: Omit<Executes, 'execute' | 'status'>): Partial<Subject> {
  for (const method of methods) {
    const given: unknown = made[method];
    if (given !== undefined && typeof given !== 'function') {
      refuseOption(owner, `${method} of a policy`, 'a function', given);
    }
  }
  const { isAbortable, retryAfterMs, says } = made;
  return {
    ...(isAbortable !== undefined && { isAbortable }),
    ...(says && { says: (error) => sayingWord(says.call(made, error)) }),
    ...(typeof retryAfterMs === 'function' && { retryAfterMs: retryAfterMs.bind(made) }),
    ...(made.deadlines && { deadlines: made.deadlines.bind(made) }),
    ...(made.snapshot && { snapshot: made.snapshot.bind(made) }),
    ...(made.restart && { restart: made.restart.bind(made) }),
    ...(made.close && { close: made.close.bind(made) }),
  };
}

/** How the errors of the contract read. */
function contractSays(error: unknown): Saying | undefined {
  if (isRejection(error)) return 'refused';
  return (error as Partial<Error> | null | undefined)?.name === 'TimeoutError'
    ? 'timed out'
    : undefined;
}

function sayingWord(word: Saying | undefined): Saying | undefined {
  if (sayings.includes(word)) return word;
  const rule = "'refused', 'timed out', 'aborted' or undefined";
  return refuseOption(owner, 'what says returns', rule, word);
}

function statusWord(word: Status | undefined): Status {
  if (word !== undefined && statuses.includes(word)) return word;
  const rule = "'closed', 'open', 'half-open' or ''";
  return refuseOption(owner, 'what status returns', rule, word);
}

function isStatus(status: unknown): status is Status {
  return status === 'closed' || status === 'open' || status === 'half-open';
}

function statusOf(status: unknown): Status {
  return isStatus(status) ? status : '';
}
