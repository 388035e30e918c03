import { readFileSync } from 'node:fs';
import {
  checkAgents,
  checkChildren,
  chimera,
  defineWorkflow,
  DefinitionError,
  standard,
  type WorkflowDefinition,
} from '@chimera/workflow';
import { parse } from 'yaml';
import type { ConfigIssue } from '../config/config-error.ts';
import { isTree } from '../config/layer.ts';
import { unreadableRule } from '../config/unreadable.ts';
import { yamlReason } from '../config/yaml-reason.ts';

/** A file with a definition, as the settings name it. */
export interface DefinitionFile {
  /** Absolute. */
  readonly path: string;
  /** What errors in it call it: as it can be opened from where the daemon was started. */
  readonly shown: string;
  /** What names it: `workflows[0]`. */
  readonly setting: string;
}

export interface LoadedDefinitions {
  /** By name. */
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  /** What is wrong with the files, all of it. */
  readonly issues: readonly ConfigIssue[];
  /** Whether a file that was refused may hold a definition of that name: what names it is not wrong. */
  readonly mayBeRefused: (name: string) => boolean;
}

/**
 * The built-in definitions and those of the files given; a file may replace a built-in one. An
 * agent that is not configured is an issue; the built-in ones are checked when they are submitted.
 */
export function loadDefinitions(
  files: readonly DefinitionFile[],
  agents: readonly string[],
): LoadedDefinitions {
  const definitions = new Map<string, WorkflowDefinition>(
    [standard, chimera].map((definition) => [definition.name, definition]),
  );
  const issues: ConfigIssue[] = [];
  const written = new Map<string, DefinitionFile>();
  const refused = new Set<string | undefined>();
  for (const file of files) {
    const raw = collecting(issues, file, () => parsed(file.path));
    const definition = raw && collecting(issues, file, () => defineWorkflow(raw.value));
    // Of what was refused for another reason, too.
    if (raw !== undefined)
      collecting(issues, file, () => checkAgents({ phases: agentsOf(raw.value) }, agents));
    if (definition === undefined) {
      refused.add(nameOf(raw?.value));
      continue;
    }
    const { name } = definition;
    const before = written.get(name);
    if (before !== undefined) {
      const rule = `must differ from that of ${before.shown}`;
      issues.push({ source: file.shown, path: 'name', rule, value: name });
      continue;
    }
    written.set(name, file);
    definitions.set(name, definition);
  }
  const mayBeRefused = (name: string) => refused.has(undefined) || refused.has(name);
  for (const [name, file] of written) {
    const definition = definitions.get(name);
    if (definition !== undefined)
      issues.push(...wrongChildren(definition, definitions, file, mayBeRefused));
  }
  return { definitions, issues, mayBeRefused };
}

/** Without those that are missing only because their own file is wrong. */
function wrongChildren(
  definition: WorkflowDefinition,
  definitions: ReadonlyMap<string, WorkflowDefinition>,
  file: DefinitionFile,
  mayBeRefused: LoadedDefinitions['mayBeRefused'],
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  collecting(issues, file, () => checkChildren(definition, definitions));
  return issues.filter(({ value }) => {
    const child = String(value);
    return definitions.has(child) || !mayBeRefused(child);
  });
}

function parsed(path: string): { readonly value: unknown } {
  return { value: parse(readFileSync(path, 'utf8')) };
}

/** As far as they can be read. */
function agentsOf(raw: unknown): readonly { readonly agent: string | undefined }[] {
  const phases: unknown = isTree(raw) ? raw.phases : undefined;
  if (!Array.isArray(phases)) return [];
  return phases.map((phase: unknown) => ({
    agent: isTree(phase) && typeof phase.agent === 'string' ? phase.agent || undefined : undefined,
  }));
}

function nameOf(raw: unknown): string | undefined {
  return isTree(raw) && typeof raw.name === 'string' ? raw.name : undefined;
}

/** Undefined when it was refused; why is added to the issues. */
function collecting<Result>(
  issues: ConfigIssue[],
  file: DefinitionFile,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    const reason = yamlReason(error);
    if (error instanceof DefinitionError) {
      issues.push(...error.issues.map((issue) => ({ ...issue, source: file.shown })));
    } else if (reason !== undefined) {
      const rule = `is not YAML: ${reason}`;
      issues.push({ source: file.shown, path: '', rule, value: undefined });
    } else if (isUnreadable(error)) {
      const rule = `must name a file that can be read: ${file.path} ${unreadableRule(error)}`;
      issues.push({ path: file.setting, rule, value: undefined });
    } else throw error;
    return undefined;
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
