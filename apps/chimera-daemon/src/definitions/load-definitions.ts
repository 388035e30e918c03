import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  chimera,
  defineWorkflow,
  DefinitionError,
  standard,
  type WorkflowDefinition,
} from '@chimera/workflow';
import { parse, YAMLParseError } from 'yaml';
import { ConfigError } from '../config/config-error.ts';

/** The built-in definitions and those of the files given, by name. Throws {@link ConfigError}. */
export function loadDefinitions(
  files: readonly string[],
  directory: string,
): ReadonlyMap<string, WorkflowDefinition> {
  const definitions = new Map<string, WorkflowDefinition>(
    [standard, chimera].map((definition) => [definition.name, definition]),
  );
  for (const file of files) {
    const definition = readDefinition(resolve(directory, file), file);
    definitions.set(definition.name, definition);
  }
  return definitions;
}

function readDefinition(path: string, file: string): WorkflowDefinition {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError('workflows', [
      { path: file, rule: 'cannot be read; check the path', value: undefined },
    ]);
  }
  try {
    return defineWorkflow(parse(text));
  } catch (error) {
    if (error instanceof DefinitionError) throw new ConfigError(file, error.issues);
    if (!(error instanceof YAMLParseError)) throw error;
    const [reason] = error.message.split('\n');
    throw new ConfigError(file, [{ path: '', rule: `is not YAML: ${reason}`, value: undefined }]);
  }
}
