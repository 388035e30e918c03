import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { isSecretKey } from '../logging/redact.ts';
import { ConfigError } from './config-error.ts';
import { configSchema } from './schema.ts';

type Overrides = Record<string, unknown>;

/** Variables that the daemon or its client read, but that are not settings. */
const reserved = new Set(['CHIMERA_CONFIG', 'CHIMERA_RUN', 'CHIMERA_URL']);

/** Every scalar setting by its variable: `pool.max` is `CHIMERA_POOL_MAX`, `http.bodyLimitBytes` is `CHIMERA_HTTP_BODY_LIMIT_BYTES`. */
export function environmentNames(): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  const shape: Readonly<Record<string, z.ZodType>> = configSchema.shape;
  for (const [key, value] of Object.entries(shape)) {
    if (sectionShape(value) === undefined && key !== 'node') continue;
    for (const path of scalarPaths([key], value)) names.set(variable(path), path);
  }
  return names;
}

function scalarPaths(path: readonly string[], schema: z.ZodType): readonly (readonly string[])[] {
  const inner = sectionShape(schema);
  if (inner === undefined) return [path];
  return Object.entries(inner).flatMap(([name, below]) => scalarPaths([...path, name], below));
}

/** The settings that `CHIMERA_*` variables give, as a tree like the config file's. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Overrides {
  const names = environmentNames();
  const overrides: Overrides = {};
  // By the name that many programs know; the daemon's own name wins.
  const { LOG_LEVEL } = environment;
  if (LOG_LEVEL) put(overrides, ['log', 'level'], LOG_LEVEL.toLowerCase());
  const { OTEL_EXPORTER_OTLP_ENDPOINT } = environment;
  if (OTEL_EXPORTER_OTLP_ENDPOINT) {
    put(overrides, ['tracing', 'endpoint'], OTEL_EXPORTER_OTLP_ENDPOINT);
  }
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('CHIMERA_') || reserved.has(name) || text === undefined) continue;
    const path = names.get(name);
    if (path === undefined) {
      const nearest = closest(name, [...names.keys()]);
      throw new ConfigError('environment', [
        { path: name, rule: `is not a setting; did you mean ${nearest}?`, value: undefined },
      ]);
    }
    // A secret of digits alone is a text, too.
    put(overrides, path, isSecretKey(name) ? text : scalar(text));
  }
  return overrides;
}

/** The settings that `--set pool.max=20` flags give. */
export function fromFlags(assignments: readonly string[]): Overrides {
  const overrides: Overrides = {};
  for (const assignment of assignments) {
    const [path, ...rest] = assignment.split('=');
    if (path === undefined || path === '' || rest.length === 0) {
      throw new ConfigError('--set', [
        { path: '', rule: 'must have the form path=value, such as pool.max=20', value: assignment },
      ]);
    }
    put(overrides, path.split('.'), scalar(rest.join('=')));
  }
  return overrides;
}

function variable(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`));
  return `CHIMERA_${words.join('_').toUpperCase()}`;
}

/** The settings of a section by name; undefined for a schema that is none. */
export function sectionShape(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const definition = schema.def as { innerType?: z.ZodType; shape?: Record<string, z.ZodType> };
  if (definition.shape !== undefined) return definition.shape;
  return definition.innerType === undefined ? undefined : sectionShape(definition.innerType);
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function put(tree: Overrides, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const branch = (tree[head] ?? {}) as Overrides;
  tree[head] = branch;
  put(branch, rest, value);
}
