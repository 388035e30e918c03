import type { Row } from './rows.ts';

/** One block for each scenario. */
export function table(rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const [scenario, group] of Map.groupBy(rows, (row) => row.scenario)) {
    lines.push(scenario);
    for (const { candidate, durability, ratioToBare, ...figures } of group) {
      const { megabytes, p50Ms, p99Ms, perSecond } = figures;
      const shown = [
        perSecond === undefined ? '' : `${perSecond}/s`,
        p50Ms === undefined ? '' : `p50 ${p50Ms.toFixed(2)} ms`,
        p99Ms === undefined ? '' : `p99 ${p99Ms.toFixed(2)} ms`,
        megabytes === undefined ? '' : `${megabytes} MB`,
      ];
      const ratio = ratioToBare === undefined ? '' : `${ratioToBare.toFixed(2)}× bare`;
      lines.push(
        `  ${candidate.padEnd(28)}${shown.filter(Boolean).join(', ').padEnd(30)}${ratio.padStart(13)}   survives ${durability}`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}
