import type { ParentLink } from './workflow-record.ts';

/** Of the children of one visit of their parent's phase: comes from its definition. */
export interface SiblingRule {
  readonly parent: string;
  readonly fork: string;
  readonly concurrency: number;
  readonly rate?: undefined;
}

// The number is part of the key: what is held can be released without a look at the parent. It
// never changes, since a workflow finishes on the definition that it started with.
const form = /^children (\d+) of (\S+) (.*)$/s;

/** All of these keys lie between the two, and no other. */
export const siblingKeys: { readonly from: string; readonly to: string } = {
  from: 'children ',
  to: 'children!',
};

/** No label has a space, and no agent's key begins like this. */
export function siblingKey({
  fork,
  id,
  maxParallel,
}: Omit<ParentLink, 'index'>): string | undefined {
  return maxParallel === undefined ? undefined : `children ${maxParallel} of ${id} ${fork}`;
}

export function siblingRule(key: string): SiblingRule | undefined {
  if (!key.startsWith(siblingKeys.from)) return undefined;
  const [, concurrency, parent, fork] = form.exec(key) ?? [];
  if (concurrency === undefined || parent === undefined || fork === undefined) return undefined;
  return { parent, fork, concurrency: Number(concurrency) };
}
