const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** As settings have it, in the largest unit of which it is a whole number: `1h`, `90s`, `1500ms`. */
export function durationText(ms: number): string {
  const [name, size] = units.find(([, each]) => ms > 0 && ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${name}`;
}
