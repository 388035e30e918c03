/** Tables of fewer entries are renewed no sooner than after so many. */
const leastAdded = 256;

/**
 * A Map for what comes and goes by the thousand in a second, for as long as the program runs.
 *
 * V8 links the table that a Map has outgrown, or that holes of deleted entries have filled, to the
 * one that takes its place. Once a table has come to the old generation (each full collection takes
 * the one in use there), all that follow it are kept alive until the next full collection, and with
 * them all that was in any of them: what had lived for milliseconds is copied twice and grows old.
 * Here a new Map takes the place of the old one, from which nothing leads to it
 * (bench/churn-map.ts, docs/adr/0008).
 */
export class ChurnMap<Key, Value> {
  #map = new Map<Key, Value>();
  /** Since it was renewed. */
  #added = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  /** Behind all others, unless the key is there already. */
  set(key: Key, value: Value): void {
    if (this.#added >= leastAdded && this.#added >= this.#map.size) {
      this.#map = new Map(this.#map);
      this.#added = 0;
    }
    this.#added += 1;
    this.#map.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map = new Map();
    this.#added = 0;
  }

  /** In the order in which they came. What comes while it is walked may be left out. */
  keys(): MapIterator<Key> {
    return this.#map.keys();
  }

  values(): MapIterator<Value> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#map[Symbol.iterator]();
  }
}
