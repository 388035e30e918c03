import type { PhaseDefinition } from './definition.ts';
import { follow, parsePointer } from './json-pointer.ts';
import type { Json, JsonObject } from './json.ts';
import type { Artifact, FailureRecord } from './state.ts';

/** What a workflow has when a phase of it starts. */
export interface InputSource {
  /** As submitted. */
  readonly input: JsonObject;
  readonly artifacts: readonly Artifact[];
}

export type ResolvedInput = { readonly input: JsonObject } | { readonly error: FailureRecord };

/**
 * The input of a phase: what its definition fixes, and what `inputFrom` takes from the workflow's
 * input (`/input/…`) and from what earlier phases left (`/outputs/PHASE/…`, of the latest visit).
 * A value that is not there is an error that says how far its pointer leads; null is a value.
 */
export function phaseInput(
  { input, inputFrom = {}, name }: Pick<PhaseDefinition, 'input' | 'inputFrom' | 'name'>,
  source: InputSource,
): ResolvedInput {
  const document = documentOf(source);
  const taken: [string, Json][] = [];
  for (const [key, pointer] of Object.entries(inputFrom)) {
    const tokens = parsePointer(pointer) ?? [];
    const { depth, value } = follow(document, tokens);
    if (depth < tokens.length) return { error: missing(name, key, pointer, depth, value) };
    taken.push([key, value]);
  }
  return { input: { ...input, ...Object.fromEntries(taken) } };
}

/** What pointers point into. Later visits come later in the list, and stay. */
function documentOf({ artifacts, input }: InputSource): JsonObject {
  const outputs = artifacts.map(({ output, phase }): [string, Json] => [phase, output]);
  return { input, outputs: Object.fromEntries(outputs) };
}

const longestValue = 200;

function missing(
  phase: string,
  key: string,
  pointer: string,
  depth: number,
  value: Json,
): FailureRecord {
  const found = pointer
    .split('/')
    .slice(0, depth + 1)
    .join('/');
  const text = JSON.stringify(value);
  const shown = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
  return {
    code: 'INPUT_MISSING',
    message: `phase "${phase}" takes its input "${key}" from ${pointer}, which is not there: ${found} is ${shown}`,
    retryable: false,
  };
}
