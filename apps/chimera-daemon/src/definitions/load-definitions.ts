import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  checkAgents,
  checkChildren,
  chimera,
  defineWorkflow,
  DefinitionError,
  standard,
  type WorkflowDefinition,
} from '@chimera/workflow';
import { parse, YAMLParseError } from 'yaml';
import { ConfigError } from '../config/config-error.ts';

/**
 * The built-in definitions and those of the files given, by name; a file may replace a built-in one. Throws {@link ConfigError}, also
 * for an agent that is not configured; the built-in ones are checked when they are submitted.
 */
export function loadDefinitions(
  files: readonly string[],
  directory: string,
  agents: readonly string[],
): ReadonlyMap<string, WorkflowDefinition> {
  const definitions = new Map<string, WorkflowDefinition>(
    [standard, chimera].map((definition) => [definition.name, definition]),
  );
  const written = new Map<string, string>();
  for (const file of files) {
    const definition = readDefinition(resolve(directory, file), file, agents);
    const before = written.get(definition.name);
    if (before !== undefined) {
      throw new ConfigError(file, [
        { path: 'name', rule: `must differ from that of ${before}`, value: definition.name },
      ]);
    }
    written.set(definition.name, file);
    definitions.set(definition.name, definition);
  }
  for (const [name, file] of written) {
    const definition = definitions.get(name);
    if (definition !== undefined) naming(file, () => checkChildren(definition, definitions));
  }
  return definitions;
}

function readDefinition(path: string, file: string, agents: readonly string[]): WorkflowDefinition {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError('workflows', [
      { path: file, rule: 'cannot be read; check the path', value: undefined },
    ]);
  }
  return naming(file, () => {
    const definition = defineWorkflow(parse(text));
    checkAgents(definition, agents);
    return definition;
  });
}

function naming<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof DefinitionError) throw new ConfigError(file, error.issues);
    if (!(error instanceof YAMLParseError)) throw error;
    const [reason] = error.message.split('\n');
    throw new ConfigError(file, [{ path: '', rule: `is not YAML: ${reason}`, value: undefined }]);
  }
}
