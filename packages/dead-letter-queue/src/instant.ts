import { integerOption, refuseOption } from '@chimera/policy';

const owner = 'dead-letter-queue';
/** Of what a `Date` can be, in ms. */
const furthest = 8.64e15;

/** Whole ms, as the columns are bigint. Throws RangeError for what is no instant. */
export function instantOption(option: string, value: number): number {
  return integerOption(owner, option, Math.round(value), -furthest, furthest);
}

/** A bound in whole ms: whatever whole instant was before the value is before it, and no other. */
export function boundOption(option: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value))
    refuseOption(owner, option, 'an instant in ms', value);
  return Math.ceil(Math.min(furthest, Math.max(-furthest, value)));
}
