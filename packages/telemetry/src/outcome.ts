/** How a call ended. A refusal of a policy (`rejected`) called nothing; an abort was somebody's wish. */
export type Outcome = 'success' | 'error' | 'aborted' | 'rejected';

export const outcomes: readonly Outcome[] = ['success', 'error', 'aborted', 'rejected'];

const nameForm = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * What a thrown value says. An abort is an `AbortError`, or the reason of an aborted signal among
 * the arguments; a timeout is an error, however it was brought about.
 */
export function outcomeOf(thrown: unknown, args: readonly unknown[]): Exclude<Outcome, 'success'> {
  // Policy's own mark of refusals.
  if (propertyOf(thrown, 'isRejection') === true) return 'rejected';
  const cause = causeOf(thrown);
  if (isTimeout(cause)) return 'error';
  if (cause !== thrown || nameOf(thrown) === 'AbortError') return 'aborted';
  const signal = args.map(signalIn).find((found) => found?.aborted === true);
  return signal !== undefined && signal.reason === thrown ? 'aborted' : 'error';
}

/** True when the caller has given up: a signal among the arguments is aborted, not by a timeout. */
export function isAborted(args: readonly unknown[]): boolean {
  return args.some((argument) => {
    const signal = signalIn(argument);
    return signal?.aborted === true && !isTimeout(signal.reason);
  });
}

/** For the label of errors: the `code`, else the name, else the type. Never the message: that is different each time. */
export function errorType(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return typeof thrown;
  const cause = causeOf(thrown);
  const code = propertyOf(cause, 'code');
  if (typeof code === 'string' && nameForm.test(code)) return code;
  const name = nameOf(cause);
  const className = propertyOf(propertyOf(cause, 'constructor'), 'name');
  const shown = name === 'Error' || name === undefined ? className : name;
  return typeof shown === 'string' && nameForm.test(shown) ? shown : 'Error';
}

/** Of an `AbortError`, why: Node wraps a signal's reason. */
function causeOf(thrown: unknown): unknown {
  return nameOf(thrown) === 'AbortError' ? (propertyOf(thrown, 'cause') ?? thrown) : thrown;
}

function isTimeout(reason: unknown): boolean {
  return nameOf(reason) === 'TimeoutError';
}

function nameOf(value: unknown): string | undefined {
  const name = propertyOf(value, 'name');
  return typeof name === 'string' ? name : undefined;
}

/** The argument when it is a signal, or its `signal`. */
function signalIn(argument: unknown): { aborted: boolean; reason?: unknown } | undefined {
  const signal =
    typeof propertyOf(argument, 'aborted') === 'boolean'
      ? argument
      : propertyOf(argument, 'signal');
  return typeof propertyOf(signal, 'aborted') === 'boolean'
    ? (signal as { aborted: boolean; reason?: unknown })
    : undefined;
}

/** Anything can be thrown, also what throws when it is looked at. */
function propertyOf(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return undefined;
  }
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}
