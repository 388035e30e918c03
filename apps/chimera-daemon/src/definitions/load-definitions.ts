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
import type { ConfigIssue } from '../config/config-error.ts';

export interface LoadedDefinitions {
  /** By name. */
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  /** What is wrong with the files, all of it. */
  readonly issues: readonly ConfigIssue[];
}

/**
 * The built-in definitions and those of the files given; a file may replace a built-in one. An
 * agent that is not configured is an issue; the built-in ones are checked when they are submitted.
 */
export function loadDefinitions(
  files: readonly string[],
  directory: string,
  agents: readonly string[],
): LoadedDefinitions {
  const definitions = new Map<string, WorkflowDefinition>(
    [standard, chimera].map((definition) => [definition.name, definition]),
  );
  const issues: ConfigIssue[] = [];
  const written = new Map<string, string>();
  for (const file of files) {
    const definition = collecting(issues, file, () =>
      readDefinition(resolve(directory, file), agents),
    );
    if (definition === undefined) continue;
    const { name } = definition;
    const before = written.get(name);
    if (before !== undefined) {
      const rule = `must differ from that of ${before}`;
      issues.push({ source: file, path: 'name', rule, value: name });
      continue;
    }
    written.set(name, file);
    definitions.set(name, definition);
  }
  // Only when all of them are there: else a child would be missing that is not.
  if (issues.length > 0) return { definitions, issues };
  for (const [name, file] of written) {
    const definition = definitions.get(name);
    if (definition !== undefined)
      collecting(issues, file, () => checkChildren(definition, definitions));
  }
  return { definitions, issues };
}

function readDefinition(path: string, agents: readonly string[]): WorkflowDefinition {
  const definition = defineWorkflow(parse(readFileSync(path, 'utf8')));
  checkAgents(definition, agents);
  return definition;
}

/** Undefined when it was refused; why is added to the issues. */
function collecting<Result>(
  issues: ConfigIssue[],
  file: string,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DefinitionError) {
      issues.push(...error.issues.map((issue) => ({ ...issue, source: file })));
    } else if (error instanceof YAMLParseError) {
      const [reason] = error.message.split('\n');
      const rule = `is not YAML: ${reason}`;
      issues.push({ source: file, path: '', rule, value: undefined });
    } else if (isUnreadable(error)) {
      const rule = 'cannot be read; check the path';
      issues.push({ source: 'workflows', path: file, rule, value: undefined });
    } else throw error;
    return undefined;
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
