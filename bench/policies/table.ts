import type { Result } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** `medianNs` and `ratioToFloor` are of processes that run this scenario and no other. */
export interface Figures extends Result {
  /** The ratio in processes that run all scenarios, as a program with every kind of policy does. */
  readonly ratioMixed: number;
}

/** The results of one scenario, cheapest first below the floor. */
export function table({ letter, title }: Scenario, results: readonly Figures[]): string {
  const [floor, ...others] = results;
  if (floor === undefined) return '';
  const rows = [floor, ...others.toSorted((left, right) => left.medianNs - right.medianNs)];
  const lines = rows.map(
    ({ candidate, medianNs, ratioMixed, ratioToFloor }) =>
      `  ${candidate.padEnd(24)}${medianNs.toFixed(0).padStart(9)} ns` +
      `${ratioToFloor.toFixed(2).padStart(10)}×${ratioMixed.toFixed(2).padStart(10)}× mixed`,
  );
  return [`${letter}  ${title}`, ...lines, ''].join('\n');
}
