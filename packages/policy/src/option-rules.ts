import { type Duration, parseDuration } from './duration.ts';

/**
 * Throws the house's form of a wrong option:
 * `retry-policy: maxRetries must be an integer >= 0, got -1`.
 */
export function refuseOption(owner: string, option: string, rule: string, value: unknown): never {
  throw new RangeError(`${owner}: ${option} must be ${rule}, got ${shown(value)}`);
}

export function integerOption(
  owner: string,
  option: string,
  value: number,
  min: number,
  max: number = Infinity,
): number {
  const isInteger = Math.floor(value) === value;
  return within(owner, option, value, min, max, isInteger, 'an integer');
}

export function numberOption(
  owner: string,
  option: string,
  value: number,
  min: number,
  max: number = Infinity,
): number {
  return within(owner, option, value, min, max, typeof value === 'number', 'a number');
}

function within(
  owner: string,
  option: string,
  value: number,
  min: number,
  max: number,
  isKind: boolean,
  kind: string,
): number {
  if (isKind && value >= min && value <= max) return value;
  const range = max === Infinity ? `>= ${min}` : `from ${min} to ${max}`;
  return refuseOption(owner, option, `${kind} ${range}`, value);
}

/** The duration in ms; refuses what is not one, and what is under `minMs`. */
export function durationOption(owner: string, option: string, value: Duration, minMs = 0): number {
  const ms = parseDuration(value) ?? -1;
  if (ms < minMs) {
    refuseOption(owner, option, `a duration >= ${minMs} (ms, '2s', '5m', '1h')`, value);
  }
  return ms;
}

/** Refuses what is not one of the choices. */
export function choiceOption<const Choice extends string>(
  owner: string,
  option: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (!choices.includes(value)) {
    refuseOption(owner, option, choices.map((choice) => `'${choice}'`).join(' or '), value);
  }
  return value;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Object(value) === value ? typeof value : String(value);
}
