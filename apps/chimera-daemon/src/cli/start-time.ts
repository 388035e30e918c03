import type { Clock } from '@chimera/policy';
import { InvalidArgumentError } from 'commander';
import { farthestMs, toleranceMs } from '../check-run-at.ts';

const instantForm = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

const dayMs = 86_400_000;

/** `2026-12-24T18:00Z`; without a zone it is local time. */
export function instantArgument(text: string): number {
  // A date alone would be UTC's midnight; all others without a zone are local.
  const withTime = text.length === 10 ? `${text}T00:00` : text;
  const at = instantForm.test(text) && isDay(text) ? Date.parse(withTime) : NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      'It must be an instant, such as 2026-12-24T18:00 (local time) or 2026-12-24T18:00Z.',
    );
  return at;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

export interface StartFlags {
  readonly at?: number;
  /** In ms. */
  readonly in?: number;
  readonly key?: string;
}

/** When to start, of `--at` and `--in`; undefined for at once. */
export function startTime(
  { at, in: delay, key }: StartFlags,
  clock: Pick<Clock, 'now'>,
): number | undefined {
  if (at !== undefined && key === undefined && at < clock.now() - toleranceMs)
    throw new InvalidArgumentError(
      `--at must not be over, got ${new Date(at).toISOString()}; leave it out to start at once`,
    );
  if (at !== undefined && at - clock.now() > farthestMs)
    throw new InvalidArgumentError(
      `--at must lie within the next 366 days, got ${new Date(at).toISOString()}`,
    );
  if (delay !== undefined && delay > farthestMs)
    throw new InvalidArgumentError(
      `--in must be at most 366 days, got ${Number((delay / dayMs).toFixed(1))} days`,
    );
  if (delay === undefined) return at;
  if (key !== undefined)
    throw new InvalidArgumentError(
      '--in is another instant each time it is sent, and a key stands for one; use --at with --key.',
    );
  return Math.ceil(clock.now() + delay);
}
