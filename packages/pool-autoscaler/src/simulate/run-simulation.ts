import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { integerOption, refuseOption } from '@chimera/policy';
import type { Load } from './arrival.ts';
import { candidatesOf, defaultCandidates } from './candidates.ts';
import { compare } from './compare.ts';
import { adversarialLoad, burstyLoad, diurnalLoad, flatLoad } from './loads.ts';
import { formatOf, readTrace, type TraceFormat, traceFormats } from './read-trace.ts';
import { svgPlot } from './svg-plot.ts';
import { table } from './table.ts';

const usage = `chimera-simulate: what would a pool policy have done?

  --trace FILE     one recorded load instead of the generated ones
  --format NAME    azure, counts or csv; default: what the first line tells
  --traces DIR     every .csv of a folder, beside the generated loads
  --rules LIST     default ${defaultCandidates}; lean+seasonal joins two
  --min N --max N  bounds of the pool; default 3 (or max, if that is less) and 10
  --svg FILE       default reports/simulate.svg
`;

/**
 * The command: prints one table per load and writes the plot.
 *
 * @throws RangeError for arguments that are wrong; what the file system throws for files that are not there.
 */
export function runSimulation(
  args: readonly string[],
  print: (text: string) => void = console.log,
): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trace: { type: 'string' },
      format: { type: 'string' },
      traces: { type: 'string' },
      rules: { type: 'string', default: defaultCandidates },
      min: { type: 'string' },
      max: { type: 'string', default: '10' },
      svg: { type: 'string', default: 'reports/simulate.svg' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    print(usage);
    return;
  }
  const max = integerOption('simulate', 'max', Number(values.max), 1, 10_000);
  const min = integerOption('simulate', 'min', Number(values.min ?? Math.min(3, max)), 1, max);
  const candidates = candidatesOf(values.rules);
  const loads = values.trace === undefined ? generatedLoads() : [];
  const files = values.trace === undefined ? csvFilesOf(values.traces) : [values.trace];
  for (const file of files) loads.push(traceLoad(file, values.format, max));

  const comparisons = loads.map((load) => {
    const comparison = compare(load, candidates, { min, max });
    print(`${table(comparison)}\n`);
    return comparison;
  });
  mkdirSync(dirname(values.svg), { recursive: true });
  writeFileSync(values.svg, svgPlot(comparisons));
  print(`idle cut is against a fixed pool of ${max}; plot in ${values.svg}`);
}

function generatedLoads(): Load[] {
  return [diurnalLoad(), burstyLoad(), adversarialLoad(), flatLoad()];
}

function csvFilesOf(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.csv'));
  return names.toSorted().map((name) => join(folder, name));
}

function traceLoad(file: string, given: string | undefined, max: number): Load {
  const text = readFileSync(file, 'utf8');
  const format = given ?? formatOf(text);
  if (!isFormat(format)) return refuseOption('simulate', 'format', traceFormats.join(', '), format);
  return readTrace(basename(file, '.csv'), text, { format, max });
}

function isFormat(value: string | undefined): value is TraceFormat {
  return traceFormats.some((format) => format === value);
}
