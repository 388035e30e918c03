import type { Format } from './format.ts';
import { escaped } from './label-text.ts';

export type Kind = 'counter' | 'gauge' | 'histogram';

/** A metric as the registry keeps it. */
export interface Family {
  /** Without `_total`. */
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  /** The text of one series after the other; none is long. */
  texts(format: Format): Iterable<string>;
}

/** The lines above a family's samples. */
export function heading({ name, kind, help, unit }: Family, format: Format): string {
  if (format === 'prometheus') {
    const full = kind === 'counter' ? `${name}_total` : name;
    const text = help.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    return `# HELP ${full} ${text}\n# TYPE ${full} ${kind}\n`;
  }
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${kind}\n${unitLine}# HELP ${name} ${escaped(help.toWellFormed())}\n`;
}

/** A sample's name with its labels: `name{a="b",le="1"}`. */
export function sample(name: string, labels: string, extra = ''): string {
  const all = labels !== '' && extra !== '' ? `${labels},${extra}` : labels + extra;
  return all === '' ? name : `${name}{${all}}`;
}
