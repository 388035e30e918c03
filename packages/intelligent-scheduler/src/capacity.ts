/** What is full: the queue, or one tenant's part of it. */
export type Scope = 'queue' | 'tenant';

export interface CapacityRule {
  readonly limit: number;
  readonly limitPerTenant: number;
  readonly whenFull: 'refuse' | 'shed';
}

/** What is full for a task that comes while so many wait; undefined while there is room. */
export function fullScope(
  waiting: number,
  ofTenant: number,
  { limit, limitPerTenant, whenFull }: CapacityRule,
): Scope | undefined {
  const isTenantFull = ofTenant >= limitPerTenant;
  if (waiting < limit) return isTenantFull ? 'tenant' : undefined;
  // Who gives way to its own tenant leaves its place in the queue too: one goes, not two.
  return isTenantFull && whenFull === 'shed' ? 'tenant' : 'queue';
}

/**
 * Whether the least urgent of those who wait gives way to one that comes. By priority alone, so
 * that whoever is turned away is no more urgent than anybody who stays, and of equals the one that
 * waits stays.
 */
export function givesWay(leastPriority: number, arrivingPriority: number): boolean {
  return leastPriority < arrivingPriority;
}

/** A deadline counts as passed at its instant. */
export function hasExpired(deadlineAt: number | undefined, now: number): boolean {
  return deadlineAt !== undefined && deadlineAt <= now;
}
