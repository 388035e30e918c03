import type { LimitRule, LimitRules } from './limit-rules.ts';
import type { LimitStatements } from './limit-statements.ts';
import { type SiblingRule, siblingRule } from './sibling-rule.ts';

/** Workflows of one key that may stand in the order of the claim unasked; those behind them are held. */
const mostStanding = 64;
/** Keys whose newcomers are counted; those of further keys all stand, and are held by the claim that meets them. */
const mostCounted = 4_096;
/** Starts that count no more go along with each that is noted. */
const forgottenPerStart = 4;

/** How much of a key's limit is free. */
export interface Room {
  readonly room: number;
  /** When its rate has room again; absent while that is not what it lacks. */
  readonly until?: number;
}

/** Why a key lets nothing start now. */
export interface KeyWait {
  /** `label=value`, `agent name`, or `children 3 of PARENT FORK`. */
  readonly key: string;
  readonly rule: LimitRule | SiblingRule;
  readonly running: number;
  /** When its rate has room again; absent while it is the concurrency that is used up. */
  readonly until?: number;
}

/**
 * What runs by key, and which keys' held workflows have to be looked at again. Of the rest nothing
 * is in memory: what is held stands in an index of its own, and starts are rows.
 */
export class KeyLimits {
  readonly rules: LimitRules;
  readonly #sql: LimitStatements;
  readonly #running = new Map<string, number>();
  readonly #unsettled = new Set<string>();
  /** By key that holds workflows back: when its rate has room again. */
  readonly #waits = new Map<string, number>();
  #nextWait = Infinity;
  #passedAt = -Infinity;
  /** Newcomers that stand since the key was last settled; a bound of work, not a count to rely on. */
  readonly #standing = new Map<string, number>();
  /** Takes back, in reverse, what the transaction under way did. */
  #undo: (() => void)[] = [];
  /** The same of each group that is not committed yet, oldest first. */
  readonly #sealed: (() => void)[][] = [];

  constructor(rules: LimitRules, sql: LimitStatements) {
    this.rules = rules;
    this.#sql = sql;
  }

  get isEmpty(): boolean {
    return this.rules.isEmpty;
  }

  /** Keys whose held workflows may have room. */
  get unsettled(): Iterable<string> {
    return this.#unsettled;
  }

  /** When a rate that holds workflows back has room again; undefined when none does. */
  get nextRoomAt(): number | undefined {
    return this.#nextWait === Infinity ? undefined : this.#nextWait;
  }

  /** Keys that hold workflows back, in their order; of what is written. */
  heldKeys(most: number = Infinity): readonly string[] {
    const keys: string[] = [];
    for (let last = ''; keys.length < most;) {
      const next = this.#sql.heldKeyAfter.get({ held_by: last })?.held_by ?? undefined;
      if (next === undefined) break;
      keys.push(next);
      last = next;
    }
    return keys;
  }

  /** To be called once, with what runs at the start. */
  begin(keys: readonly string[]): void {
    for (const key of keys) this.#count(key, 1);
  }

  started(keys: readonly string[], at: number): void {
    for (const key of keys) {
      this.#move(key, 1);
      const rate = this.rules.ruleOf(key)?.rate;
      if (rate === undefined) continue;
      this.#sql.forgetStarts.run({ now: at, most: forgottenPerStart });
      this.#sql.insertStart.run({ limit_key: key, at, ends_at: at + rate.perMs });
      // A slot that frees is heard of; that time has passed is not.
      this.#waitFor(key, this.room(key, at).until);
    }
  }

  ended(keys: readonly string[]): void {
    for (const key of keys) this.#move(key, -1);
    this.unsettle(keys);
  }

  unsettle(keys: Iterable<string>): void {
    for (const key of keys) this.#unsettled.add(key);
  }

  /** Nothing of it can be released before it is unsettled again, or `until`. */
  settle(key: string, until?: number): void {
    this.#waitFor(key, until);
    this.#standing.delete(key);
    if (this.#unsettled.delete(key)) this.#undo.push(() => this.#unsettled.add(key));
  }

  /** Keys whose rate has room again are unsettled; all, when the clock went back: what they wait for may be a wrong one's. */
  pass(now: number): void {
    const wentBack = now < this.#passedAt;
    this.#passedAt = now;
    if (now < this.#nextWait && !wentBack) return;
    this.#nextWait = Infinity;
    for (const [key, until] of this.#waits) {
      if (until > now && !wentBack) {
        this.#nextWait = Math.min(this.#nextWait, until);
        continue;
      }
      this.#waits.delete(key);
      this.#unsettled.add(key);
    }
  }

  /** Where a workflow that has become claimable stands: undefined in the order of the claim, else held by a key. */
  place(keys: readonly string[], at: number): string | undefined {
    const full = this.full(keys, at);
    if (full !== undefined) return full;
    const crowded = keys.find((key) => (this.#standing.get(key) ?? 0) >= mayStand(key));
    if (crowded !== undefined) {
      this.#unsettled.add(crowded);
      return crowded;
    }
    for (const key of keys) {
      const standing = this.#standing.get(key) ?? 0;
      if (standing > 0 || this.#standing.size < mostCounted) this.#standing.set(key, standing + 1);
    }
    return undefined;
  }

  /** The first key without room; it will be looked at when it has some. */
  full(keys: readonly string[], at: number): string | undefined {
    return keys.find((key) => {
      const { room, until } = this.room(key, at);
      this.#waitFor(key, until);
      return room <= 0;
    });
  }

  room(key: string, at: number): Room {
    const { concurrency = Infinity, rate } = this.rules.ruleOf(key) ?? {};
    const slots = concurrency - (this.#running.get(key) ?? 0);
    if (slots <= 0 || rate === undefined) return { room: slots };
    // After a clock that was set back, starts of its future do not count.
    const counted = { limit_key: key, since: at - rate.perMs, now: at };
    const first = this.#sql.startBefore.get({ ...counted, newer: rate.starts - 1 });
    if (first !== undefined) return { room: 0, until: first.at + rate.perMs };
    const { starts = 0 } = this.#sql.startsSince.get(counted) ?? {};
    return { room: Math.min(slots, rate.starts - starts) };
  }

  /** Undefined when the key has room. */
  wait(key: string, at: number): KeyWait | undefined {
    const rule = this.rules.ruleOf(key);
    const { room, until } = this.room(key, at);
    if (rule === undefined || room > 0) return undefined;
    const running = this.#running.get(key) ?? 0;
    return { key, rule, running, ...(until === undefined ? {} : { until }) };
  }

  committed(): void {
    this.#undo = [];
  }

  /** What was done so far is committed later, by the {@link landed} that belongs to it. */
  seal(): void {
    this.#sealed.push(this.#undo);
    this.#undo = [];
  }

  landed(): void {
    this.#sealed.shift();
  }

  /** Of all groups that have not landed. */
  rolledBack(): void {
    this.#undo = [...this.#sealed.splice(0).flat(), ...this.#undo];
    this.#undoTo(0);
  }

  /** Returns the function that takes back what is done from here on. */
  mark(): () => void {
    const then = this.#undo.length;
    return () => this.#undoTo(then);
  }

  #waitFor(key: string, until: number | undefined): void {
    if (until === undefined) return;
    this.#waits.set(key, until);
    this.#nextWait = Math.min(this.#nextWait, until);
  }

  #undoTo(length: number): void {
    while (this.#undo.length > length) this.#undo.pop()?.();
  }

  #move(key: string, by: 1 | -1): void {
    this.#count(key, by);
    this.#undo.push(() => this.#count(key, by === 1 ? -1 : 1));
  }

  #count(key: string, by: 1 | -1): void {
    const running = (this.#running.get(key) ?? 0) + by;
    if (running === 0) this.#running.delete(key);
    else this.#running.set(key, running);
  }
}

/** Of children come a thousand at once: no more of them are looked at than may run. */
function mayStand(key: string): number {
  return Math.min(mostStanding, siblingRule(key)?.concurrency ?? Infinity);
}
