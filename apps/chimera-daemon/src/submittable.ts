import { isAbsolute } from 'node:path';
import { closestName } from '@chimera/policy';
import type { JsonObject, WorkflowDefinition } from '@chimera/workflow';
import { ApiError } from './http/api-error.ts';

/** What this daemon can run. */
export interface Submittable {
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  /** Names of the configured agents. */
  readonly agents: readonly string[];
}

/** The definition of that name. @throws ApiError when work of it with this input could not be done here */
export function definitionFor(
  name: string,
  input: JsonObject,
  { agents, definitions }: Submittable,
): WorkflowDefinition {
  const definition = definitions.get(name);
  if (definition === undefined) {
    const known = [...definitions.keys()];
    const nearest = closestName(name, known);
    const given = name.length > 80 ? `${name.slice(0, 77)}…` : name;
    const hint =
      nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
    throw new ApiError(400, 'UNKNOWN_DEFINITION', `definition: "${given}" is not known; ${hint}`);
  }
  const missing = definition.phases.find(
    ({ agent }) => agent !== undefined && !agents.includes(agent),
  );
  if (missing !== undefined) {
    throw new ApiError(
      400,
      'UNKNOWN_AGENT',
      `definition "${name}" needs the agent "${missing.agent}"; configure it under agents in chimera.yaml`,
    );
  }
  checkRepository(input);
  return definition;
}

/** @throws ApiError when the input names a repository that cannot be found from everywhere */
export function checkRepository({ repository }: JsonObject): void {
  if (repository === undefined) return;
  if (typeof repository === 'string' && isAbsolute(repository)) return;
  throw new ApiError(
    400,
    'INVALID_REPOSITORY',
    `input.repository must be an absolute path, got ${JSON.stringify(repository)}`,
  );
}
