import { type Arrival, checkArrivals } from './arrival.ts';
import { SimulatedPool } from './simulated-pool.ts';

/**
 * Idle slot time that a pool between min and max cannot avoid without making anybody wait longer
 * than in a pool of the maximum: it has exactly as many slots as that pool has busy ones, or min.
 * It takes knowing the future, because a slot is there at the instant its work arrives.
 *
 * @throws RangeError for arrivals as `simulate` does.
 */
export function oracleIdleMs(arrivals: readonly Arrival[], min: number, max: number): number {
  checkArrivals(arrivals);
  const pool = new SimulatedPool(max);
  const changes: (readonly [at: number, by: number])[] = [];
  for (const arrival of arrivals) pool.arrive(arrival);
  pool.drain();
  for (const [index, arrival] of arrivals.entries()) {
    const start = arrival.at + (pool.waitsMs[index] ?? 0);
    changes.push([start, 1], [start + arrival.serviceMs, -1]);
  }
  changes.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  let idleMs = 0;
  let busy = 0;
  let last = 0;
  for (const [at, by] of changes) {
    idleMs += (at - last) * Math.max(0, min - busy);
    busy += by;
    last = at;
  }
  return idleMs;
}
