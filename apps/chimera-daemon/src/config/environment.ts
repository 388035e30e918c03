import { closestName } from '@chimera/policy';
import type { z } from 'zod';
import { emptyLayer, give, type Layer, type Tree, valueAt } from './layer.ts';
import { configSchema } from './schema.ts';
import { type SchemaDef, sectionShape } from './section-at.ts';
import { unknownSetting } from './unknown-setting.ts';

const prefix = 'CHIMERA_';

/** Variables that the daemon or its client read, or give to what they start, but that are not settings. */
const reserved = new Set([
  'CHIMERA_CONFIG',
  'CHIMERA_PROCESS',
  'CHIMERA_REQUEST_TIMEOUT',
  'CHIMERA_RUN',
  'CHIMERA_URL',
]);

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

/** The settings that `CHIMERA_*` variables give; `file`: those that it goes over. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  file: Tree,
): Layer {
  const names = environmentNames();
  const layer = emptyLayer();
  // By the name that many programs know; the daemon's own name wins.
  const { LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT } = environment;
  if (LOG_LEVEL) give(layer, 'LOG_LEVEL', ['log', 'level'], LOG_LEVEL.toLowerCase());
  const endpoint = ['tracing', 'endpoint'];
  // It is told to all programs of a machine: what is said to this one alone wins.
  if (OTEL_EXPORTER_OTLP_ENDPOINT && valueAt(file, endpoint) === undefined)
    give(layer, 'OTEL_EXPORTER_OTLP_ENDPOINT', endpoint, OTEL_EXPORTER_OTLP_ENDPOINT);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || reserved.has(name) || text === undefined) continue;
    const path = names.get(name);
    if (path === undefined) {
      // What all of them begin with is no likeness.
      const known = [...names.keys()].map((variable) => variable.slice(prefix.length));
      const nearest = closestName(name.slice(prefix.length), known);
      const meant = nearest === undefined ? undefined : `${prefix}${nearest}`;
      layer.issues.push({ source: 'environment', ...unknownSetting(name, text, meant) });
      continue;
    }
    give(layer, name, path, scalar(text, path));
  }
  return layer;
}

/** A flag of its own for one setting, such as `--port`. */
export interface FlagSetting {
  readonly flag: string;
  readonly path: string;
  readonly value: string;
}

/** The settings that flags give; those of `--set pool.max=20` win. */
export function fromFlags(flags: readonly FlagSetting[], assignments: readonly string[]): Layer {
  const layer = emptyLayer();
  for (const { flag, path, value } of flags)
    give(layer, flag, path.split('.'), scalar(value, path.split('.')));
  for (const assignment of assignments) {
    const [path, ...rest] = assignment.split('=');
    if (path === undefined || path === '' || rest.length === 0) {
      const rule = 'must have the form path=value, such as pool.max=20';
      layer.issues.push({ source: '--set', path: 'it', rule, value: assignment });
      continue;
    }
    give(layer, '--set', path.split('.'), scalar(rest.join('='), path.split('.')));
  }
  return layer;
}

function variable(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`));
  return `CHIMERA_${words.join('_').toUpperCase()}`;
}

/** What a text says at this place: a name or a secret of digits alone is a text. */
function scalar(text: string, path: readonly string[]): unknown {
  if (isText(configSchema, path)) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function isText(schema: z.ZodType, [name, ...rest]: readonly string[]): boolean {
  const { innerType, options, shape, type, valueType } = schema.def as SchemaDef;
  if (innerType !== undefined) return isText(innerType, name === undefined ? [] : [name, ...rest]);
  if (name === undefined) return type === 'string';
  if (options !== undefined) return options.some((option) => isText(option, [name, ...rest]));
  const below = shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : valueType;
  return below !== undefined && isText(below, rest);
}
