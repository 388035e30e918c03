/** One thing that is wrong with a definition. */
export interface DefinitionIssue {
  /** Such as `phases[1].timeout`; empty for the definition as a whole. */
  readonly path: string;
  /** What has to hold there: `must be …`. */
  readonly rule: string;
  readonly value: unknown;
}

/** A definition was refused. The message has one line per issue, each naming path, rule and value. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly code = 'INVALID_DEFINITION';
  readonly issues: readonly DefinitionIssue[];

  constructor(issues: readonly DefinitionIssue[]) {
    super(issues.map(line).join('\n'));
    this.issues = issues;
  }
}

function line({ path, rule, value }: DefinitionIssue): string {
  const sentence = `${path === '' ? 'workflow' : path} ${rule}`;
  return value === undefined ? sentence : `${sentence}, got ${shown(value)}`;
}

const longest = 80;

function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** JSON has no word for undefined, functions and symbols, calls NaN null, and refuses BigInts and circles. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? String(value) : 'an object that JSON cannot hold';
  }
}
