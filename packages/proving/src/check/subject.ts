import { isRejection } from '@chimera/policy';
import type { World } from '../world/world.ts';
import type { Status } from './history.ts';

/** The operation of a call. It is given the signal that the policy passes on, if it does. */
export type Work = (signal: AbortSignal | undefined) => unknown;

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
  says?(error: unknown): 'refused' | 'timed out' | 'aborted' | undefined;
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

/** A policy that keeps the contract of `@chimera/policy`, or looks as if. */
export interface Executes {
  execute(
    operation: (context: { readonly signal: AbortSignal }) => unknown,
    options?: { readonly signal?: AbortSignal; readonly deadline?: number },
  ): unknown;
  readonly status?: string;
}

/** Makes what is to be tested, for one run: its time and chance are the world's. */
export type Create = (world: World) => Subject | Executes;

/** Told apart by what they can do. */
export function subjectOf(made: Subject | Executes): Subject {
  if ('call' in made) return made;
  const { status } = made;
  return {
    call: (work, { signal, deadline }) =>
      signal === undefined && deadline === undefined
        ? made.execute((context) => work(context.signal))
        : made.execute((context) => work(context.signal), {
            ...(signal !== undefined && { signal }),
            ...(deadline !== undefined && { deadline }),
          }),
    says: (error) => {
      if (isRejection(error)) return 'refused';
      return (error as Partial<Error> | undefined)?.name === 'TimeoutError'
        ? 'timed out'
        : undefined;
    },
    retryAfterMs: (error) => (isRejection(error) ? error.retryAfterMs : undefined),
    ...(isStatus(status) && { status: () => statusOf(made.status) }),
  };
}

function isStatus(status: string | undefined): status is 'closed' | 'open' | 'half-open' {
  return status === 'closed' || status === 'open' || status === 'half-open';
}

function statusOf(status: string | undefined): Status {
  return isStatus(status) ? status : '';
}
