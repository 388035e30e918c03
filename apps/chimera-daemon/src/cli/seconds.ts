import { InvalidArgumentError } from 'commander';

export function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 240) return value;
  throw new InvalidArgumentError('It must be seconds from 0.1 to 240.');
}
