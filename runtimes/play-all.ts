import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './scenarios/finding.ts';
import { subjects } from './subjects.ts';

export interface Runtime {
  /** With its version. */
  readonly name: string;
  readonly isBrowser: boolean;
  /** Rejects when the scenario cannot be loaded or breaks off. */
  readonly play: (scenario: string) => Promise<readonly Finding[]>;
}

/** Plays every scenario in every runtime: a table of what held, and a line for what did not. */
export async function playAll(
  runtimes: readonly Runtime[],
): Promise<{ readonly table: string; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const rows = [['', ...runtimes.map(({ name }) => name)]];
  for (const subject of subjects) {
    const row = [subject.name];
    for (const runtime of runtimes) {
      const isMeant = subject.isForBrowsers || !runtime.isBrowser;
      row.push(isMeant ? await cell(subject.name, runtime, problems) : 'not meant for it');
    }
    rows.push(row);
  }
  return { table: aligned(rows), problems };
}

async function cell(scenario: string, runtime: Runtime, problems: string[]): Promise<string> {
  const where = `${scenario} in ${runtime.name}`;
  try {
    const findings = await runtime.play(scenario);
    const wrong = findings.filter(({ seen, wanted }) => !isDeepStrictEqual(seen, wanted));
    for (const { claim, seen, wanted } of wrong) {
      problems.push(`${where}: ${claim}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
    }
    if (findings.length === 0) problems.push(`${where}: found nothing`);
    return `${findings.length - wrong.length} of ${findings.length}`;
  } catch (error) {
    problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    return 'broke off';
  }
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
