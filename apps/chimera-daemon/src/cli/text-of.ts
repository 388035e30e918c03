import type { Json } from '@chimera/workflow';
import { stringify } from 'yaml';

/** Lines of one text that are shown. */
const mostLines = 40;
/** Lines of a whole value. */
const mostInAll = 200;
const mostCharacters = 1_000;

/**
 * JSON as a person reads it: YAML, free of what would move the cursor. Long texts and long values
 * are cut in the middle; `--json` has all of them.
 */
export function textOf(value: Json, indent: string = ''): readonly string[] {
  return cut(yamlOf(value).trimEnd().split('\n'), mostInAll).map((line) =>
    `${indent}${visible(line)}`.trimEnd(),
  );
}

function yamlOf(value: Json): string {
  try {
    return stringify(value, cutTexts, { lineWidth: 0, aliasDuplicateObjects: false });
  } catch (error) {
    // It calls itself for each level, and an agent may answer with thousands.
    if (error instanceof RangeError) return '… too many levels to show; --json has them …';
    throw error;
  }
}

function cutTexts(_key: unknown, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const lines = value.split('\n');
  return lines.length <= mostLines + 1 ? value : cut(lines, mostLines).join('\n');
}

function cut(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const half = most / 2;
  const left = lines.length - most;
  return [...lines.slice(0, half), `… ${left} lines …`, ...lines.slice(-half)];
}

/** YAML escapes most control characters itself; these it takes for letters. */
function visible(line: string): string {
  const text = line.replaceAll(
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters)}… ${text.length - mostCharacters} characters …`;
}
