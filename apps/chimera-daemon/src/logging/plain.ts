import { isSecret, redacted, redactText, wholeUpTo } from './redact.ts';

export type Plain = string | number | boolean | null | readonly Plain[] | { [key: string]: Plain };

/** A line is read by people and cut by collectors: what is larger belongs elsewhere. */
const mostCharacters = 8_192;
const mostDepth = 8;
const mostValues = 1_000;

/** Room for the values of one line. */
interface Room {
  left: number;
  readonly above: Set<object>;
}

/** A copy of anything at all that is small, acyclic JSON without secrets. Never throws. */
export function plain(value: unknown): Plain {
  return copy(value, { left: mostValues, above: new Set() });
}

/** Asking a proxy what it is may throw, too. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** A text without secrets, cut where it is long. */
export function plainText(text: string): string {
  if (text.length <= mostCharacters) return redactText(text);
  // Half of a secret looks like none.
  const end = wholeUpTo(text, mostCharacters);
  return `${redactText(text.slice(0, end))}… (${text.length - end} characters more)`;
}

function copy(value: unknown, room: Room): Plain {
  room.left -= 1;
  switch (typeof value) {
    case 'string':
      return plainText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'bigint':
    case 'symbol':
      return plainText(String(value));
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : guarded(value, room);
  }
}

/** Getters and proxies are somebody's code: they may throw, and so may asking what they are. */
function guarded(value: object, room: Room): Plain {
  if (room.above.has(value)) return '[circular]';
  if (room.above.size >= mostDepth) return '[deeper]';
  room.above.add(value);
  try {
    return copyObject(value, room);
  } catch {
    return '[unreadable]';
  } finally {
    room.above.delete(value);
  }
}

function copyObject(value: object, room: Room): Plain {
  if (value instanceof Error) return copyError(value, room);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return copyList(pairsOf(value), room);
  if (value instanceof Set || Array.isArray(value)) return copyList(value, room);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return copy((value.toJSON as () => unknown)(), room);
  }
  return copyEntries(Object.keys(value), value, room);
}

function copyError(error: Error, room: Room): Plain {
  const { cause, message, name, stack } = error;
  const own = copyEntries(
    Object.keys(error).filter((key) => key !== 'cause'),
    error,
    room,
  );
  return {
    ...own,
    type: copy(name, room),
    message: copy(message, room),
    ...(stack === undefined ? {} : { stack: copy(stack, room) }),
    ...(cause === undefined ? {} : { cause: copy(cause, room) }),
    // Which no list of its keys has; of a connection that was refused they are all that is said.
    ...(error instanceof AggregateError ? { errors: copy(error.errors, room) } : {}),
  };
}

function* pairsOf(map: ReadonlyMap<unknown, unknown>): Iterable<readonly [unknown, unknown]> {
  for (const [key, value] of map) yield [key, isSecret(key, value) ? redacted : value];
}

function copyList(values: Iterable<unknown>, room: Room): Plain {
  const copies: Plain[] = [];
  for (const value of values) {
    if (room.left <= 0) {
      copies.push('[more]');
      break;
    }
    copies.push(copy(value, room));
  }
  return copies;
}

function copyEntries(keys: readonly string[], from: object, room: Room): { [key: string]: Plain } {
  const entries: [string, Plain][] = [];
  for (const key of keys) {
    if (room.left <= 0) {
      entries.push(['…', '[more]']);
      break;
    }
    const entry = read(from, key, room);
    if (entry !== undefined) entries.push([plainText(key), entry]);
  }
  return Object.fromEntries(entries);
}

/** A property that cannot be read takes nothing from the others. */
function read(from: object, key: string, room: Room): Plain | undefined {
  try {
    const value: unknown = Reflect.get(from, key);
    if (value === undefined) return undefined;
    return isSecret(key, value) ? redacted : copy(value, room);
  } catch {
    return '[unreadable]';
  }
}
