import { didYouMean } from './closest-name.ts';
import type { DefinitionIssue } from './definition-error.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';
import { parsePointer } from './json-pointer.ts';
import { reachableFrom } from './ways-to-completion.ts';

/** What is wrong with what phases take from elsewhere; every transition resolves by now. */
export function inputIssues({
  phases,
}: Pick<WorkflowDefinition, 'phases'>): readonly DefinitionIssue[] {
  return phases.flatMap((phase, index) => {
    const at = `phases[${index}]`;
    return Object.entries(phase.inputFrom ?? {}).flatMap(([key, pointer]) => {
      const path = `${at}.inputFrom.${key}`;
      return [
        ...(Object.hasOwn(phase.input, key)
          ? [{ path, rule: `must not be in input as well`, value: pointer }]
          : []),
        ...pointerIssues(phases, phase, path, pointer),
      ];
    });
  });
}

function pointerIssues(
  phases: readonly PhaseDefinition[],
  { name }: PhaseDefinition,
  path: string,
  pointer: string,
): readonly DefinitionIssue[] {
  const issue = (rule: string) => [{ path, rule, value: pointer }];
  const [root, source] = parsePointer(pointer) ?? [];
  if (root === 'input') return [];
  if (root !== 'outputs' || source === undefined)
    return issue('must begin with /input or with /outputs/ and a phase');
  const names = phases.map((phase) => phase.name);
  if (!names.includes(source))
    return issue(`must name a phase after /outputs/${didYouMean(source, names)}`);
  if (!canPrecede(phases, source, name))
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
