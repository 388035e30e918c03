import type { AdaptiveLimit } from './adaptive-limit.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { LimitState } from './limit-rule.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RateRule } from './rate-rule.ts';

/** Plain JSON. Calls that run or wait go with their process; what lasts is the limit. */
export interface BulkheadSnapshot {
  readonly name: string;
  /** Wall-clock ms. */
  readonly takenAt: number;
  readonly maxConcurrent: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly oldestWaitMs: number;
}

/** Plain JSON. Calls that run or wait go with their process; what lasts is what was learnt. */
export interface AdaptiveLimitSnapshot {
  readonly name: string;
  /** Wall-clock ms. */
  readonly takenAt: number;
  readonly shape: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly state: LimitState;
}

/** Plain JSON. */
export interface RateLimitSnapshot {
  readonly name: string;
  /** Wall-clock ms, so that it can outlive the process. */
  readonly takenAt: number;
  readonly shape: string;
  readonly waiting: number;
  /** Its instants are ms from `takenAt` on: as wall-clock ms they would lose the fractions that a rate needs. */
  readonly state: unknown;
}

/** What a limit knows, to be kept beyond its process. */
export function snapshotOf(limit: Bulkhead): BulkheadSnapshot;
export function snapshotOf(limit: AdaptiveLimit): AdaptiveLimitSnapshot;
export function snapshotOf(limit: RateLimit): RateLimitSnapshot;
export function snapshotOf(
  limit: Bulkhead | AdaptiveLimit | RateLimit,
): BulkheadSnapshot | AdaptiveLimitSnapshot | RateLimitSnapshot {
  if ('gate' in limit) return bulkheadSnapshot(limit);
  const { name, clock } = limit;
  const takenAt = clock.now();
  if ('waiting' in limit) {
    const { rule, state: used, waiting } = limit;
    const state = rule.moved(used, -clock.monotonic(), Infinity);
    return { name, takenAt, shape: rule.shape, waiting, state };
  }
  const { limit: found, inFlight, queued, rule, state } = limit;
  return { name, takenAt, shape: rule.shape, limit: found, inFlight, queued, state };
}

function bulkheadSnapshot({ gate }: Bulkhead): BulkheadSnapshot {
  const { name, clock, limit: maxConcurrent, inFlight, queued, room } = gate;
  const oldestAt = room?.oldest?.queuedAt;
  const oldestWaitMs = oldestAt === undefined ? 0 : clock.monotonic() - oldestAt;
  return { name, takenAt: clock.now(), maxConcurrent, inFlight, queued, oldestWaitMs };
}

/**
 * Takes up what a {@link snapshotOf} says: a bulkhead its limit; the others what a rule of the same
 * shape had learnt, within the bounds of the present one, or what was used. A `RateLimit` leaves
 * what is damaged; however the wall clock has jumped, nobody waits for it longer than after using
 * up everything now.
 */
export function restore(limit: Bulkhead, snapshot: BulkheadSnapshot): void;
export function restore(limit: AdaptiveLimit, snapshot: AdaptiveLimitSnapshot): void;
export function restore(limit: RateLimit, snapshot: RateLimitSnapshot): void;
export function restore(
  limit: Bulkhead | AdaptiveLimit | RateLimit,
  snapshot: BulkheadSnapshot | AdaptiveLimitSnapshot | RateLimitSnapshot,
): void {
  if ('gate' in limit) {
    if ('maxConcurrent' in snapshot) limit.resize(snapshot.maxConcurrent);
  } else if ('state' in snapshot && snapshot.shape === limit.rule.shape) {
    const { state } = snapshot;
    if ('waiting' in limit) {
      const { clock, rule } = limit;
      const at = clock.monotonic();
      const elapsedMs = clock.now() - snapshot.takenAt;
      const used = readable(rule, () => rule.moved(state, at - elapsedMs, at), at);
      if (used !== undefined) limit.enter(used);
    } else if ('limit' in snapshot) {
      const known = limit.rule.bounded?.(snapshot.state) ?? snapshot.state;
      // What is no number would shut it for good.
      if (Number.isFinite(known.limit)) limit.enter(known);
    }
  }
}

/** Undefined for what cannot be read, or is no number: it would bound nothing, or shut a limit for good. */
function readable<State>(rule: RateRule<State>, read: () => State, at: number): State | undefined {
  try {
    const state = read();
    // Asked first: to tell the wait of a damaged count may have no end.
    if (!(rule.available(state, at) >= 0)) return undefined;
    return Number.isFinite(rule.waitMs(state, at, 0)) ? state : undefined;
  } catch {
    return undefined;
  }
}
