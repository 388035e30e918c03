import type { Json } from '@chimera/workflow';
import { oneLine } from './output.ts';

const mostLines = 40;

/**
 * JSON as a person reads it: a line for each field, texts line by line below theirs, free of what
 * would move the cursor. Long texts are cut in the middle; `--json` has all of them.
 */
export function textOf(value: Json, indent: string = ''): readonly string[] {
  if (typeof value === 'string')
    return cut(value.trimEnd().split('\n')).map((line) => indent + oneLine(line));
  if (typeof value !== 'object' || value === null) return [`${indent}${String(value)}`];
  if (Array.isArray(value)) return value.flatMap((entry) => item(entry, indent));
  return Object.entries(value).flatMap(([name, entry]) => field(oneLine(name), entry, indent));
}

/** The same in one line, where there is no room for more. */
export function shortTextOf(value: Json, most: number = 120): string {
  const text = oneLine(
    textOf(value)
      .map((line) => line.trim())
      .join(', '),
  );
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function field(name: string, value: Json, indent: string): readonly string[] {
  const below = textOf(value, `${indent}  `);
  const [first] = below;
  const isShort = typeof value !== 'object' || value === null;
  if (isEmpty(value)) return [`${indent}${name}: -`];
  if (isShort && below.length === 1) return [`${indent}${name}: ${first?.trim() ?? ''}`];
  return [`${indent}${name}:`, ...below];
}

function item(value: Json, indent: string): readonly string[] {
  const [first = '', ...rest] = textOf(value, `${indent}  `);
  return [`${indent}- ${first.trim()}`, ...rest];
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === null;
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostLines) return lines;
  const half = mostLines / 2;
  const left = lines.length - mostLines;
  return [...lines.slice(0, half), `… ${left} lines …`, ...lines.slice(-half)];
}
