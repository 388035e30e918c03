import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigIssue } from './config-error.ts';
import { fromEnvironment, fromFlags, sectionShape } from './environment.ts';
import { type Config, configSchema } from './schema.ts';

export interface ConfigSources {
  /** Path of the YAML file; default `chimera.yaml` when it exists, else built-in defaults. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path=value` assignments; they win over the environment, which wins over the file. */
  readonly set: readonly string[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** What relative paths in the config are relative to. */
  readonly directory: string;
  readonly file: string | undefined;
}

/** Throws {@link ConfigError} naming every wrong setting. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.file ?? sources.environment.CHIMERA_CONFIG ?? defaultFile();
  const raw = file === undefined ? {} : readYaml(file);
  const merged = [fromEnvironment(sources.environment), fromFlags(sources.set)].reduce(merge, raw);
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    throw new ConfigError(
      file ?? 'settings',
      parsed.error.issues.flatMap((issue) => described(issue, merged)),
    );
  }
  return {
    config: parsed.data,
    directory: file === undefined ? process.cwd() : dirname(resolve(file)),
    file,
  };
}

function defaultFile(): string | undefined {
  return existsSync('chimera.yaml') ? 'chimera.yaml' : undefined;
}

function readYaml(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(file, [
      { path: '', rule: 'cannot be read; check the path given with --config', value: undefined },
    ]);
  }
  try {
    const tree: unknown = parse(text) ?? {};
    if (typeof tree === 'object' && !Array.isArray(tree)) return tree as Record<string, unknown>;
    throw new ConfigError(file, [{ path: '', rule: 'must hold settings by name', value: tree }]);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const place = error.linePos === undefined ? '' : ` (line ${error.linePos[0].line})`;
    const [reason] = error.message.split('\n');
    throw new ConfigError(file, [
      { path: '', rule: `is not YAML: ${reason}${place}`, value: undefined },
    ]);
  }
}

function merge(
  base: Record<string, unknown>,
  over: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function described(issue: z.core.$ZodIssue, tree: unknown): readonly ConfigIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      rule: `is not a setting${suggestion(key, path)}`,
      value: undefined,
    }));
  }
  const value = path.reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), tree);
  return [{ path: path.join('.'), rule: phrase(issue, value), value }];
}

function phrase(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'custom' || issue.message.startsWith('must ')) return issue.message;
  if (issue.code === 'too_small') return `must be >= ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be <= ${issue.maximum}`;
  if (issue.code === 'invalid_type')
    return value === undefined
      ? `must be set (${issue.expected})`
      : `must be of type ${issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_union') return "must name a type: 'command' or 'module'";
  if (issue.code === 'invalid_key')
    return 'must be named with lower-case letters, digits and hyphens';
  return `is wrong: ${issue.message}`;
}

function suggestion(key: string, path: readonly string[]): string {
  const known = siblings(path);
  const nearest = known.length === 0 ? undefined : closest(key, known);
  return nearest !== undefined && distance(key, nearest) <= 3 ? `; did you mean ${nearest}?` : '';
}

function siblings(path: readonly string[]): readonly string[] {
  let section: z.ZodType | undefined = configSchema;
  for (const name of path) section = section && sectionShape(section)?.[name];
  return Object.keys((section && sectionShape(section)) ?? {});
}
