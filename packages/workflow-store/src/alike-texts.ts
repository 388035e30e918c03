import { isDeepStrictEqual } from 'node:util';

/**
 * JSON of objects that mostly say the same as the last of their kind, as the states and the events
 * do that one claim leaves: to see that costs a fifth to a half of writing it anew (docs/adr/0008).
 */
export class AlikeTexts<Kind extends string> {
  readonly #last = new Map<Kind, { readonly value: object; readonly text: string }>();

  /** @param value not to be changed afterwards */
  of(kind: Kind, value: object): string {
    const last = this.#last.get(kind);
    if (last !== undefined && isAlike(last.value, value)) return last.text;
    const text = JSON.stringify(value);
    this.#last.set(kind, { value, text });
    return text;
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Member by member, as most are a text or a number: asked of the whole, isDeepStrictEqual takes as long as the JSON. */
function isAlike(one: object, other: object): boolean {
  const [left, right] = [one as Members, other as Members];
  for (const name in right)
    if (left[name] !== right[name] && !isDeepStrictEqual(left[name], right[name])) return false;
  // And none that only the other has, even if all objects inherit one of its name.
  for (const name in left)
    if (left[name] !== right[name] && !Object.hasOwn(right, name)) return false;
  return true;
}
