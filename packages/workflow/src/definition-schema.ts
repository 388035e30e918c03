import { parseDuration } from '@chimera/policy';
import { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import type { DefinitionIssue } from './definition-error.ts';
import type { Check, Join, PhaseDefinition } from './definition.ts';
import type { Json } from './json.ts';
import { parsePointer } from './json-pointer.ts';

/** Stands for `unlimited`: Infinity would not survive JSON. */
export const unlimitedVisits: number = Number.MAX_SAFE_INTEGER;

/** A phase as written, its values normalised; what depends on other phases or keys is still open. */
export type PhaseShape = Pick<
  PhaseDefinition,
  | 'name'
  | 'stage'
  | 'timeoutMs'
  | 'retry'
  | 'onRejected'
  | 'maxVisits'
  | 'input'
  | 'inputFrom'
  | 'children'
> & {
  readonly agent?: string | undefined;
  readonly checks: readonly (Omit<Check, 'timeoutMs'> & {
    readonly timeoutMs?: number | undefined;
  })[];
  readonly action?: string | undefined;
  readonly onSuccess?: string | undefined;
};

export interface WorkflowShape {
  readonly name: string;
  readonly description: string;
  readonly start?: string | undefined;
  readonly timeout?: number | undefined;
  readonly phases: readonly PhaseShape[];
}

const nameForm = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;

const text = z.string('must be a text').min(1, 'must be a text that is not empty');
const name = z.string('must be kebab-case or snake_case').regex(nameForm, {
  error: 'must be kebab-case or snake_case',
});
const durationRule = "must be a duration of at least 1 ms (ms, or '90s', '5m', '1h')";
const duration = z
  .custom<string | number>((value) => (parseDuration(value) ?? 0) >= 1, durationRule)
  // 1.1 hours are 3960000.0000000005 ms.
  .transform((value) => Math.round(parseDuration(value) ?? 0));
const number = (rule: string, holds: (value: number) => boolean) =>
  z.custom<number>((value) => Number.isFinite(value) && holds(Number(value)), rule);

const check = z
  .strictObject(
    {
      name: text,
      command: z.tuple([text], text, 'must be a list of program and arguments (there is no shell)'),
      timeout: duration.optional(),
    },
    'must be a check: name, command, timeout',
  )
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));

const retryKeys = z.strictObject(
  {
    maxRetries: number('must be an integer >= 0', (n) => Number.isInteger(n) && n >= 0).default(3),
    base: duration.default(1_000),
    factor: number('must be a number >= 1', (n) => n >= 1).default(2),
    cap: duration.default(30_000),
    jitter: number('must be a number from 0 to 1', (n) => n >= 0 && n <= 1).default(0.2),
  },
  'must be a mapping: maxRetries, base, factor, cap, jitter',
);
const retry = retryKeys.transform(({ base, cap, ...rest }) => ({
  ...rest,
  baseMs: base,
  capMs: cap,
}));

const maxVisits = z
  .custom<number | 'unlimited'>(
    (value) =>
      value === 'unlimited' || value === Infinity || (Number.isInteger(value) && Number(value) > 0),
    'must be an integer >= 1, or "unlimited"',
  )
  .transform((value) =>
    value === 'unlimited' ? unlimitedVisits : Math.min(value, unlimitedVisits),
  );

const pointerRule = 'must be a JSON Pointer, such as /input/ticket or /outputs/plan/files/0';
const pointer = z
  .string(pointerRule)
  .refine((text) => parsePointer(text) !== undefined, { error: pointerRule });

// Not `z.json`, which has no message of its own.
const json: z.ZodType<Json> = z.lazy(() =>
  z.union(
    [z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)],
    'must be a JSON value',
  ),
);
const input = z.record(z.string(), json, 'must be a mapping of JSON values').default({});
// No default: definitions without it keep the hash that they have.
const inputFrom = z
  .record(z.string(), pointer, 'must be a mapping of keys to JSON Pointers')
  .exactOptional();

const childKeys = z.strictObject(
  { workflow: name, input, inputFrom },
  'must be a child: workflow, input, inputFrom',
);
const childrenKeys = z.strictObject(
  {
    forEach: z
      .union([pointer, z.array(json)], `must be a list, or ${pointerRule.slice(8)}`)
      .exactOptional(),
    start: z.array(childKeys, 'must be a list of children').min(1, 'must have at least one child'),
    join: z
      .custom<Join>(isJoin, "must be 'all', 'any' or { atLeast: 2 }")
      // A copy: what was written is the writer's, and the definition is frozen.
      .transform((join) => (typeof join === 'string' ? join : { ...join }))
      .default('all'),
    // No default, as of inputFrom.
    maxParallel: number(
      'must be an integer >= 1',
      (n) => Number.isInteger(n) && n >= 1,
    ).exactOptional(),
  },
  'must be a mapping: forEach, start, join, maxParallel',
);

const stages = ['planning', 'implementation', 'validation'] as const;
const phaseKeys = z.strictObject(
  {
    name,
    stage: z.enum(stages, `must be one of ${stages.join(', ')}`),
    agent: text.optional(),
    checks: z.array(check, 'must be a list of checks').default([]),
    action: text.optional(),
    input,
    inputFrom,
    children: childrenKeys.exactOptional(),
    timeout: duration,
    retry: retry.prefault({}),
    onSuccess: text.optional(),
    onRejected: text.default('dead'),
    maxVisits: maxVisits.prefault(3),
  },
  'must be a phase: name, stage, agent or checks or children, timeout, …',
);
const phase = phaseKeys.transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));

const workflowKeys = z.strictObject(
  {
    name,
    description: z.string('must be a text').default(''),
    start: text.optional(),
    timeout: duration.optional(),
    phases: z.array(phase, 'must be a list of phases').min(1, 'must have at least one phase'),
  },
  'must be a mapping: name, description, start, timeout, phases',
);

/** Reads the written form, or tells every issue of form at once. */
export function readShape(
  raw: unknown,
): { readonly shape: WorkflowShape } | { readonly issues: readonly DefinitionIssue[] } {
  const result = workflowKeys.safeParse(raw);
  if (result.success) return { shape: result.data };
  return { issues: result.error.issues.flatMap((issue) => described(issue, raw)) };
}

/** What leads where; undefined is what is not written, or wrong in itself. */
export interface References {
  readonly start?: string | undefined;
  readonly phases: readonly {
    readonly name?: string | undefined;
    readonly onSuccess?: string | undefined;
    readonly onRejected?: string | undefined;
  }[];
}

const reference = text.optional().catch(undefined);
const references = z
  .object({
    start: reference,
    phases: z
      .array(
        z
          .object({
            name: name.optional().catch(undefined),
            onSuccess: reference,
            onRejected: reference,
          })
          .catch({}),
      )
      .catch([]),
  })
  .catch({ phases: [] });

/** As far as they can be read of what is wrong in form. */
export function readableReferences(raw: unknown): References {
  return references.parse(raw);
}

function isJoin(value: unknown): boolean {
  if (value === 'all' || value === 'any') return true;
  if (typeof value !== 'object' || value === null || !('atLeast' in value)) return false;
  const { atLeast, ...rest } = value;
  return Number.isSafeInteger(atLeast) && Number(atLeast) >= 1 && Object.keys(rest).length === 0;
}

function described(issue: z.core.$ZodIssue, raw: unknown): readonly DefinitionIssue[] {
  if (issue.code !== 'unrecognized_keys') {
    const value = valueAt(raw, issue.path);
    const isMissing = value === undefined && issue.path.length > 0;
    const rule = isMissing ? missing(issue.path, issue.message, raw) : issue.message;
    return [{ path: z.core.toDotPath(issue.path), rule, value }];
  }
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const rule = `must not be there: no such key${didYouMean(key, keysAt(issue.path))}`;
    return { path: z.core.toDotPath(path), rule, value: valueAt(raw, path) };
  });
}

/** `must be set in phase "plan": it must be …, such as timeout: 5m` */
function missing(path: readonly PropertyKey[], rule: string, raw: unknown): string {
  const phase = path[0] === 'phases' ? valueAt(raw, [...path.slice(0, 2), 'name']) : undefined;
  const where = typeof phase === 'string' ? ` in phase ${JSON.stringify(phase)}` : '';
  const example = path.at(-1) === 'timeout' ? ', such as timeout: 5m' : '';
  return `must be set${where}: it ${rule}${example}`;
}

/** The keys that are known where the path ends. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.includes('retry')) return Object.keys(retryKeys.shape);
  if (path.includes('checks')) return ['name', 'command', 'timeout'];
  if (path.includes('children'))
    return Object.keys((path.includes('start') ? childKeys : childrenKeys).shape);
  if (path.includes('phases')) return Object.keys(phaseKeys.shape);
  return Object.keys(workflowKeys.shape);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}
