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
  { input, inputFrom, name }: Pick<PhaseDefinition, 'input' | 'inputFrom' | 'name'>,
  source: InputSource,
): ResolvedInput {
  if (inputFrom === undefined) return { input: { ...input } };
  const found = taken(name, inputFrom, documentOf(source));
  return 'error' in found ? found : { input: { ...input, ...found.input } };
}

/** What pointers point into. Later visits come later in the list, and stay. */
export function documentOf({ artifacts, input }: InputSource): JsonObject {
  const outputs = artifacts.map(({ output, phase }): [string, Json] => [phase, output]);
  return { input, outputs: Object.fromEntries(outputs) };
}

/** What the pointers of a phase lead to in a document. */
export function taken(
  phase: string,
  inputFrom: PhaseDefinition['inputFrom'],
  document: JsonObject,
): ResolvedInput {
  const found: [string, Json][] = [];
  for (const [key, pointer] of Object.entries(inputFrom ?? {})) {
    const tokens = parsePointer(pointer) ?? [];
    const { depth, value } = follow(document, tokens);
    if (depth < tokens.length) return { error: inputMissing(phase, key, pointer, depth, value) };
    found.push([key, value]);
  }
  return { input: Object.fromEntries(found) };
}

const longestValue = 200;

/** The error of a pointer that leads no further than `depth` of its tokens, where there is `value`. */
export function inputMissing(
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
