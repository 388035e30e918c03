import type { Result } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** The results of one scenario, cheapest first below the floor. */
export function table({ letter, title }: Scenario, results: readonly Result[]): string {
  const [floor, ...others] = results;
  if (floor === undefined) return '';
  const rows = [floor, ...others.toSorted((left, right) => left.medianNs - right.medianNs)];
  const lines = rows.map(
    ({ candidate, medianNs, ratioToFloor }) =>
      `  ${candidate.padEnd(22)}${medianNs.toFixed(0).padStart(9)} ns${ratioToFloor.toFixed(2).padStart(10)}×`,
  );
  return [`${letter}  ${title}`, ...lines, ''].join('\n');
}
