import { isDeepStrictEqual } from 'node:util';

/**
 * JSON of objects that mostly say the same as the last of their kind, as the states and the events
 * do that one claim leaves: to see that costs a fifth to a half of writing it anew (docs/adr/0008).
 */
export class AlikeTexts<Kind extends string> {
  readonly #last = new Map<Kind, { readonly value: Members; readonly text: string }>();

  /** @param value not to be changed afterwards */
  of(kind: Kind, value: object): string {
    const last = this.#last.get(kind);
    if (last !== undefined && isAlike(last.value, value as Members)) return last.text;
    const text = JSON.stringify(value);
    this.#last.set(kind, { value: value as Members, text });
    return text;
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Member by member, as most are a text or a number: isDeepStrictEqual takes as long as the JSON. */
function isAlike(one: Members, other: Members): boolean {
  for (const name in other)
    if (one[name] !== other[name] && !isAlikeMember(one[name], other[name])) return false;
  // And none that only the one has, even if all objects inherit one of its name.
  for (const name in one)
    if (one[name] !== other[name] && !Object.hasOwn(other, name)) return false;
  return true;
}

function isAlikeMember(one: unknown, other: unknown): boolean {
  return isPlain(one) && isPlain(other) ? isAlike(one, other) : isDeepStrictEqual(one, other);
}

function isPlain(value: unknown): value is Members {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
