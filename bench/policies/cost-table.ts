import type { Cost } from './costs.ts';

/** One block for each kind of policy. */
export function costTable(costs: readonly Cost[]): string {
  const lines: string[] = [];
  for (const [kind, rows] of Map.groupBy(costs, (cost) => cost.kind)) {
    lines.push(
      `${kind.padEnd(24)}import ms   gzip bytes   bytes per instance   bytes per pending call`,
    );
    for (const { candidate, gzipBytes, importMs, instanceBytes, pendingBytes } of rows) {
      lines.push(
        `  ${candidate.padEnd(20)}${importMs.toFixed(1).padStart(11)}${gzipBytes.toString().padStart(13)}` +
          `${(instanceBytes?.toString() ?? '–').padStart(21)}${pendingBytes.toString().padStart(25)}`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}
