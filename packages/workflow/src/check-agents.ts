import { didYouMean } from './did-you-mean.ts';
import { DefinitionError } from './definition-error.ts';
import type { PhaseDefinition } from './definition.ts';

/**
 * Refuses a definition that names agents nobody has configured.
 *
 * @throws {DefinitionError} with one issue per phase whose agent is unknown.
 */
export function checkAgents(
  definition: { readonly phases: readonly Pick<PhaseDefinition, 'agent'>[] },
  knownAgents: Iterable<string>,
): void {
  const known = [...knownAgents];
  const issues = definition.phases.flatMap(({ agent }, index) =>
    agent === undefined || known.includes(agent)
      ? []
      : [
          {
            path: `phases[${index}].agent`,
            rule: `must be a configured agent${didYouMean(agent, known)}`,
            value: agent,
          },
        ],
  );
  if (issues.length > 0) throw new DefinitionError(issues);
}
