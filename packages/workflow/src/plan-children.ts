import { childrenNeeded } from './children-progress.ts';
import type { PhaseChildren, PhaseDefinition } from './definition.ts';
import { documentOf, type InputSource, inputMissing, taken } from './phase-input.ts';
import { follow, parsePointer } from './json-pointer.ts';
import type { Json, JsonObject } from './json.ts';
import type { FailureRecord } from './state.ts';

/** A phase that wants more children than these fails. */
export const maxChildren = 1_000;

export interface PlannedChild {
  /** Name of its definition. */
  readonly workflow: string;
  readonly input: JsonObject;
}

/**
 * The children that a phase starts, in their order: for each item of `forEach`, those of `start`.
 * What cannot be started as it is written is an error.
 */
export function planChildren(
  { name }: Pick<PhaseDefinition, 'name'>,
  children: PhaseChildren,
  source: InputSource,
): { readonly children: readonly PlannedChild[] } | { readonly error: FailureRecord } {
  const document = documentOf(source);
  const found = itemsOf(name, children, document);
  if ('error' in found) return found;
  const count = found.items.length * children.start.length;
  if (count > maxChildren)
    return wrong(
      'TOO_MANY_CHILDREN',
      `phase "${name}" wants ${count} children; ${maxChildren} are the most`,
    );
  const needed = childrenNeeded(children.join, count);
  if (needed > count)
    return wrong(
      'TOO_FEW_CHILDREN',
      `phase "${name}" needs ${needed} children to complete, and there are ${count}`,
    );
  const planned: PlannedChild[] = [];
  for (const item of found.items) {
    for (const { input, inputFrom, workflow } of children.start) {
      const given = taken(name, inputFrom, { ...document, ...item });
      if ('error' in given) return given;
      planned.push({ workflow, input: { ...input, ...given.input } });
    }
  }
  return { children: planned };
}

function itemsOf(
  phase: string,
  { forEach }: PhaseChildren,
  document: JsonObject,
): { readonly items: readonly JsonObject[] } | { readonly error: FailureRecord } {
  if (forEach === undefined) return { items: [{}] };
  let list: Json = forEach;
  if (typeof forEach === 'string') {
    const tokens = parsePointer(forEach) ?? [];
    const { depth, value } = follow(document, tokens);
    if (depth < tokens.length)
      return { error: inputMissing(phase, 'forEach', forEach, depth, value) };
    list = value;
  }
  if (Array.isArray(list)) return { items: list.map((item: Json) => ({ item })) };
  return wrong('NOT_A_LIST', `phase "${phase}" takes its children from what is no list`);
}

function wrong(code: string, message: string): { readonly error: FailureRecord } {
  return { error: { code, message, retryable: false } };
}
