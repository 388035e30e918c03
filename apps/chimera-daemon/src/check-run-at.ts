import { ApiError } from './http/api-error.ts';

/** Ahead of this, in ms, it is taken for a mistake, such as microseconds. */
export const farthestMs = 366 * 24 * 3_600_000;
/** The caller's clock may be behind by this, in ms. */
export const toleranceMs = 60_000;

/**
 * @throws ApiError when work is not to start now or in the year to come. With an idempotency key the
 * past is no mistake: what was sent in time may be sent again later.
 */
export function checkRunAt(runAt: number | undefined, isRepeatable: boolean, now: number): void {
  if (runAt === undefined) return;
  if (runAt - now > farthestMs) refuse('lies more than 366 days ahead', runAt);
  if (!isRepeatable && now - runAt > toleranceMs)
    refuse('is over; leave it out to start at once', runAt);
}

function refuse(problem: string, runAt: number): never {
  const instant = new Date(runAt);
  const shown = Number.isNaN(instant.getTime()) ? '' : ` (${instant.toISOString()})`;
  throw new ApiError(
    400,
    'INVALID_RUN_AT',
    `runAt: ${runAt}${shown} ${problem}; it is ms since the epoch`,
  );
}
