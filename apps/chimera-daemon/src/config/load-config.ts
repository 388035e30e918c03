import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { WorkflowDefinition } from '@chimera/workflow';
import { parse } from 'yaml';
import { defined } from '../defined.ts';
import { type DefinitionFile, loadDefinitions } from '../definitions/load-definitions.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { schedulesFrom } from '../schedules/schedules-from.ts';
import { missingModules } from './agent-modules.ts';
import { missingPrograms } from './agent-programs.ts';
import { readAdminToken } from './admin-token.ts';
import { checkTogether } from './check-together.ts';
import { ConfigError, type ConfigIssue } from './config-error.ts';
import { type FlagSetting, fromEnvironment, fromFlags } from './environment.ts';
import { isTree, merge, sourceOf, type Tree } from './layer.ts';
import { type ScheduleConfig, scheduleSection } from './schedule-section.ts';
import { type Config, configSchema } from './schema.ts';
import { settingIssues } from './setting-issues.ts';
import { unreadableRule } from './unreadable.ts';
import { unusableWorkspaces } from './workspaces-directory.ts';
import { yamlReason } from './yaml-reason.ts';

export interface ConfigSources {
  /** Path of the YAML file; default `chimera.yaml` when it exists, else built-in defaults. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path=value` assignments; they win over the environment, which wins over the file. */
  readonly set: readonly string[];
  /** Flags with names of their own; `set` wins over them. */
  readonly flags?: readonly FlagSetting[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** The built-in definitions and those of the files that the settings name, by name. */
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  readonly schedules: readonly Schedule[];
  /** What relative paths in the config are relative to. */
  readonly directory: string;
  readonly file: string | undefined;
}

/** Throws one {@link ConfigError} that names every wrong setting, those in the files of definitions too. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.file ?? sources.environment.CHIMERA_CONFIG ?? defaultFile();
  const directory = file === undefined ? process.cwd() : dirname(resolve(file));
  const { issues: unreadable, tree: written } = fileSettings(file, pathOf(sources));
  const layers = [
    fromEnvironment(sources.environment, written),
    fromFlags(sources.flags ?? [], sources.set),
  ];
  const settings = layers.map((layer) => layer.settings).reduce(merge, written);
  const parsed = configSchema.safeParse(settings);
  const admin = readAdminToken(settings, directory);
  const wrong = [
    ...settingIssues(parsed.error, settings),
    ...checkTogether(settings),
    ...admin.issues,
    ...missingModules(settings, directory),
    ...missingPrograms(settings, directory, sources.environment),
    ...unusableWorkspaces(settings, directory),
  ];
  const agents = Object.keys(isTree(settings.agents) ? settings.agents : {});
  const found = loadDefinitions(definitionFiles(settings.workflows, file), agents);
  const submittable = { definitions: found.definitions, agents };
  const recurring = schedulesFrom(
    // A schedule of a definition that was refused is not wrong in itself.
    readableSchedules(settings.schedules, ({ definition }) => !found.mayBeRefused(definition)),
    submittable,
  );
  const issues = [
    ...unreadable,
    ...layers.flatMap((layer) => layer.issues),
    ...[...wrong, ...recurring.issues].map((issue): ConfigIssue => {
      return { ...issue, source: sourceOf(issue.path.split('.'), layers, written) };
    }),
    ...found.issues,
  ];
  if (issues.length > 0 || !parsed.success) throw new ConfigError(file ?? 'settings', issues);
  const { http } = parsed.data;
  return {
    // Whoever keeps secrets out of what is told finds it where a token in the settings is.
    config: {
      ...parsed.data,
      http: defined({ ...http, adminToken: http.adminToken ?? admin.token }),
    },
    definitions: found.definitions,
    schedules: recurring.schedules,
    directory,
    file,
  };
}

function defaultFile(): string | undefined {
  return existsSync('chimera.yaml') ? 'chimera.yaml' : undefined;
}

/** What gave the file, and where it is looked for: runners of scripts begin elsewhere. */
function pathOf({ environment, file }: ConfigSources): string {
  if (file !== undefined) return `the path given with --config${beginOf(file)}`;
  const { CHIMERA_CONFIG: path } = environment;
  return path === undefined ? 'the path' : `CHIMERA_CONFIG${beginOf(path)}`;
}

function beginOf(path: string): string {
  return isAbsolute(path) ? '' : `, which begins at ${process.cwd()}`;
}

/** A file that cannot be read does not hide what else is wrong. */
function fileSettings(
  file: string | undefined,
  path: string,
): { readonly tree: Tree; readonly issues: readonly ConfigIssue[] } {
  try {
    return { tree: file === undefined ? {} : readYaml(file, path), issues: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { tree: {}, issues: error.issues };
    throw error;
  }
}

function readYaml(file: string, path: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const rule = unreadableRule(error, path);
    throw new ConfigError(file, [{ path: '', rule, value: undefined }]);
  }
  try {
    const tree: unknown = parse(text) ?? {};
    if (isTree(tree)) return tree;
    throw new ConfigError(file, [{ path: '', rule: 'must hold settings by name', value: tree }]);
  } catch (error) {
    const reason = yamlReason(error);
    if (reason === undefined) throw error;
    throw new ConfigError(file, [{ path: '', rule: `is not YAML: ${reason}`, value: undefined }]);
  }
}

/** @param settingsFile as it was named */
function definitionFiles(value: unknown, settingsFile = ''): readonly DefinitionFile[] {
  const folder = dirname(settingsFile);
  return (Array.isArray(value) ? value : []).flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || name === '') return [];
    const shown = isAbsolute(name) ? name : join(folder, name);
    return [{ path: resolve(shown), shown, setting: `workflows[${index}]` }];
  });
}

function readableSchedules(
  value: unknown,
  isWanted: (schedule: ScheduleConfig) => boolean,
): Config['schedules'] {
  const entries = Object.entries(isTree(value) ? value : {});
  return Object.fromEntries(
    entries.flatMap(([name, section]) => {
      const { data = workOf(section) } = scheduleSection.safeParse(section);
      return data === undefined || !isWanted(data) ? [] : [[name, data]];
    }),
  );
}

/** Of a schedule that is wrong in itself, so that what is wrong with its work is told as well. */
function workOf(section: unknown): ScheduleConfig | undefined {
  if (!isTree(section)) return undefined;
  const { definition, input } = section;
  const work = { cron: '0 0 * * *', definition, input: isTree(input) ? input : {} };
  return scheduleSection.safeParse(work).data;
}
