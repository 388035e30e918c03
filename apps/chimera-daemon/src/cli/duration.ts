import { parseDuration } from '@chimera/policy';
import { InvalidArgumentError } from 'commander';

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("It must be a duration, such as '30s' or '5m'.");
  return ms;
}
