import { closestName } from '@chimera/policy';
import type { z } from 'zod';
import { numberRangeAt } from '../number-range.ts';
import { ruleWords } from '../rule-words.ts';
import type { ConfigIssue } from './config-error.ts';
import { type Tree, valueAt } from './layer.ts';
import { configSchema } from './schema.ts';
import { sectionAt } from './section-at.ts';
import { settingPath } from './setting-path.ts';
import { unknownSetting } from './unknown-setting.ts';

/** What the schema found wrong, in the words of the settings. */
export function settingIssues(
  error: z.ZodError | undefined,
  settings: Tree,
): readonly ConfigIssue[] {
  return (error?.issues ?? []).flatMap((issue) => described(issue, settings));
}

function described(issue: z.core.$ZodIssue, settings: Tree): readonly ConfigIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const nearest = closestName(key, siblings(path, settings));
      const meant = nearest === undefined ? undefined : settingPath([...issue.path, nearest]);
      const given = valueAt(settings, [...path, key]);
      return unknownSetting(settingPath([...issue.path, key]), given, meant);
    });
  }
  const value = valueAt(settings, path);
  return [{ path: settingPath(issue.path), rule: phrase(issue, path, settings), value }];
}

/** What a value that is missing breaks. */
const kindIssues: ReadonlySet<string> = new Set(['invalid_type', 'invalid_union', 'invalid_value']);

function phrase(issue: z.core.$ZodIssue, path: readonly string[], settings: Tree): string {
  if (issue.code === 'invalid_union' && issue.discriminator === 'type')
    return 'must name a type: command or module';
  const value = valueAt(settings, path);
  const names = siblings(path, settings);
  const rule = ruleWords(
    issue,
    names.length === 0 ? 'settings by name' : `settings by name (${names.join(', ')})`,
    numberRangeAt(configSchema, path, settings),
  );
  return value === undefined && kindIssues.has(issue.code) ? `must be set: it ${rule}` : rule;
}

function siblings(path: readonly string[], settings: Tree): readonly string[] {
  return Object.keys(sectionAt(configSchema, path, settings) ?? {});
}
