import type { Result } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** `medianNs` and `ratioToFloor` are of a process that runs all scenarios, as a program with several policies does. */
export interface Figures extends Result {
  /** The ratio in a process that runs this scenario and no other. */
  readonly ratioAlone: number;
}

/** The results of one scenario, cheapest first below the floor. */
export function table({ letter, title }: Scenario, results: readonly Figures[]): string {
  const [floor, ...others] = results;
  if (floor === undefined) return '';
  const rows = [floor, ...others.toSorted((left, right) => left.medianNs - right.medianNs)];
  const lines = rows.map(
    ({ candidate, medianNs, ratioAlone, ratioToFloor }) =>
      `  ${candidate.padEnd(24)}${medianNs.toFixed(0).padStart(9)} ns` +
      `${ratioToFloor.toFixed(2).padStart(10)}×${ratioAlone.toFixed(2).padStart(10)}× alone`,
  );
  return [`${letter}  ${title}`, ...lines, ''].join('\n');
}
