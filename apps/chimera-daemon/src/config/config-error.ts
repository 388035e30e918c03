import { plain } from '../logging/plain.ts';
import { isSecretKey, redacted } from '../logging/redact.ts';

export interface ConfigIssue {
  /** What gave the value: a flag, a variable, a file. Default: that of the error. */
  readonly source?: string | undefined;
  /** Where: `pool.min`, `agents.planner.command`. */
  readonly path: string;
  readonly rule: string;
  readonly value: unknown;
  /** What may have been meant. */
  readonly hint?: string | undefined;
}

/** A setting is wrong. The message has a line for each, naming path, rule and value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'INVALID_CONFIG';
  readonly source: string;
  readonly issues: readonly ConfigIssue[];

  constructor(source: string, issues: readonly ConfigIssue[]) {
    super(issues.map((issue) => `${issue.source ?? source}: ${sentence(issue)}`).join('\n'));
    this.source = source;
    this.issues = issues;
  }
}

function sentence({ hint, path, rule, value }: ConfigIssue): string {
  const subject = path === '' ? 'the file' : path;
  const got =
    value === undefined ? '' : `, got ${shown(isSecretKey(path) ? redacted : plain(value))}`;
  return `${subject} ${rule}${got}${hint === undefined ? '' : `; ${hint}`}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
