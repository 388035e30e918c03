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

/** How long there is to wait, rounded up to what a person waits by: `412ms`, `31s`, `5m`. */
export function waitText(ms: number): string {
  const step = ms < 1_000 ? 1 : ms < 7_200_000 ? 1_000 : 60_000;
  return durationText(Math.ceil(ms / step) * step);
}
