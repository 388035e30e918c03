import { refuseOption } from '@chimera/policy';

/** A rate, a time, a factor: refuses what is negative, endless or no number. */
export function finiteOption(owner: string, option: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  return refuseOption(owner, option, 'a finite number >= 0', value);
}

/** How many of something there are: refuses Infinity too. */
export function countOption(owner: string, option: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  return refuseOption(owner, option, `an integer >= ${min}`, value);
}

/** What something is divided by. */
export function positiveOption(owner: string, option: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  return refuseOption(owner, option, 'a finite number > 0', value);
}

export function objectOption(owner: string, option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseOption(owner, option, 'an object', value);
  }
}
