import { didYouMean } from './did-you-mean.ts';
import type { DefinitionIssue } from './definition-error.ts';
import { childrenNeeded } from './children-progress.ts';
import type { Join, PhaseChildren, PhaseDefinition, WorkflowDefinition } from './definition.ts';
import { parsePointer } from './json-pointer.ts';
import { maxChildren } from './plan-children.ts';
import { reachableFrom } from './ways-to-completion.ts';

/** The phases, and whether all their transitions resolve: else none can be said to come too late. */
interface Surroundings {
  readonly phases: readonly PhaseDefinition[];
  readonly isGraph: boolean;
}

/** What is wrong with what phases take from elsewhere. */
export function inputIssues(
  { phases }: Pick<WorkflowDefinition, 'phases'>,
  isGraph: boolean,
): readonly DefinitionIssue[] {
  const around = { phases, isGraph };
  return phases.flatMap((phase, index) => {
    const at = `phases[${index}]`;
    return [
      ...takenIssues(around, phase, at, phase, ownRoots),
      ...(phase.children === undefined ? [] : childIssues(around, phase, at, phase.children)),
    ];
  });
}

const ownRoots = ['input'];

function childIssues(
  around: Surroundings,
  phase: PhaseDefinition,
  at: string,
  { forEach, join, start }: PhaseChildren,
): readonly DefinitionIssue[] {
  const path = `${at}.children`;
  const issues: DefinitionIssue[] = [];
  if (Object.keys({ ...phase.input, ...phase.inputFrom }).length > 0) {
    const rule = `must not have an input beside children, phase "${phase.name}" has both: give it under children.start`;
    issues.push({ path: at, rule, value: undefined });
  }
  if (typeof forEach === 'string')
    issues.push(...pointerIssues(around, phase, `${path}.forEach`, forEach, ownRoots));
  else issues.push(...countIssues(path, (forEach?.length ?? 1) * start.length, join));
  const roots = forEach === undefined ? ownRoots : [...ownRoots, 'item'];
  for (const [index, template] of start.entries())
    issues.push(...takenIssues(around, phase, `${path}.start[${index}]`, template, roots));
  return issues;
}

/** What is known before there is a list. */
function countIssues(path: string, count: number, join: Join): readonly DefinitionIssue[] {
  if (count > maxChildren)
    return [{ path, rule: `must have at most ${maxChildren} children`, value: count }];
  if (childrenNeeded(join, count) > count)
    return [{ path: `${path}.join`, rule: `must not need more than all ${count}`, value: join }];
  return [];
}

function takenIssues(
  around: Surroundings,
  phase: PhaseDefinition,
  at: string,
  { input, inputFrom }: Pick<PhaseDefinition, 'input' | 'inputFrom'>,
  roots: readonly string[],
): readonly DefinitionIssue[] {
  return Object.entries(inputFrom ?? {}).flatMap(([key, pointer]) => {
    const path = `${at}.inputFrom.${key}`;
    return [
      ...(Object.hasOwn(input, key)
        ? [{ path, rule: 'must not be in input as well', value: pointer }]
        : []),
      ...pointerIssues(around, phase, path, pointer, roots),
    ];
  });
}

function pointerIssues(
  { isGraph, phases }: Surroundings,
  { name }: PhaseDefinition,
  path: string,
  pointer: string,
  roots: readonly string[],
): readonly DefinitionIssue[] {
  const issue = (rule: string) => [{ path, rule, value: pointer }];
  const [root, source] = parsePointer(pointer) ?? [];
  if (root !== undefined && roots.includes(root)) return [];
  if (root !== 'outputs' || source === undefined) {
    const known = roots.map((each) => `/${each}`).join(', ');
    return issue(`must begin with ${known} or with /outputs/ and a phase`);
  }
  const names = phases.map((phase) => phase.name);
  if (!names.includes(source))
    return issue(`must name a phase after /outputs/${didYouMean(source, names)}`);
  if (isGraph && !canPrecede(phases, source, name))
    return issue(`must take from a phase that can come before "${name}", "${source}" cannot`);
  return [];
}

/** Whether there is a way of at least one step from one phase to the other. */
function canPrecede(phases: readonly PhaseDefinition[], first: string, then: string): boolean {
  const phase = phases.find(({ name }) => name === first);
  return [phase?.onSuccess, phase?.onRejected].some(
    (next) => next !== undefined && reachableFrom(phases, next).has(then),
  );
}
