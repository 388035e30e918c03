import { unlimitedVisits } from './definition-schema.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';

/** The phases and their transitions as a Mermaid state diagram, for documentation. */
export function stateDiagram(definition: WorkflowDefinition): string {
  // Mermaid ids know no hyphens; two names that differ in nothing else would become one state.
  const ids = new Map(definition.phases.map(({ name }, index) => [name, `phase${index + 1}`]));
  const id = (target: string) => ids.get(target) ?? target;
  const lines = definition.phases.flatMap((phase) => {
    const who = phase.agent ?? whoElse(phase);
    return [
      `${id(phase.name)} : ${phase.name}<br/>${who}`,
      `${id(phase.name)} --> ${id(phase.onSuccess)} : succeeded`,
      `${id(phase.name)} --> ${id(phase.onRejected)} : rejected${boundOf(definition, phase.onRejected)}`,
      `${id(phase.name)} --> dead : failed`,
    ];
  });
  return [
    'stateDiagram-v2',
    ...[`[*] --> ${id(definition.start)}`, ...lines, 'completed --> [*]', 'dead --> [*]'].map(
      (line) => `  ${line}`,
    ),
    '',
  ].join('\n');
}

function whoElse({ checks, children }: PhaseDefinition): string {
  if (children === undefined) return checks.map(({ name }) => name).join(', ');
  const { forEach, join, maxParallel, start } = children;
  const which = start.map(({ workflow }) => workflow).join(', ');
  const enough = typeof join === 'string' ? join : `at least ${join.atLeast}`;
  const pace = maxParallel === undefined ? '' : `, ${maxParallel} at a time`;
  return `${forEach === undefined ? '' : 'for each: '}${which} (${enough}${pace})`;
}

function boundOf({ phases }: WorkflowDefinition, target: string): string {
  const maxVisits = phases.find(({ name }) => name === target)?.maxVisits;
  if (maxVisits === undefined || maxVisits >= unlimitedVisits) return '';
  return ` (at most ${maxVisits} visits)`;
}
