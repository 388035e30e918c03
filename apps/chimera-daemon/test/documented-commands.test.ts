import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { sectionShape } from '../src/config/section-at.ts';
import { configSchema } from '../src/config/schema.ts';
import { chimeraProgram } from '../src/cli/program.ts';

const root = join(import.meta.dirname, '../../..');
const runbooks = readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`);
const documents = [...runbooks, 'README.md', 'apps/chimera-daemon/README.md', 'deploy/README.md'];

/** What is between backticks, and the lines of shell examples without their comments. */
function codeIn(text: string): readonly string[] {
  const fences = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, lines = '']) =>
    lines.split('\n').map((line) => line.replace(/ #.*/, '')),
  );
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).concat(fences);
}

/** Why a line is no command that there is; undefined when it is one. */
function mistakeIn(line: string): string | undefined {
  const [, rest = ''] = /^(?:npx )?chimera (.*)$/.exec(line.trim()) ?? [];
  let command: Command = chimeraProgram();
  for (const word of rest.split(' && ')[0]?.split(' ') ?? []) {
    const flag = /^--?[a-z][\w-]*/.exec(word)?.[0];
    const isKnown = command.options.some(({ long, short }) => flag === long || flag === short);
    if (flag !== undefined && !isKnown) return `${line}: no option ${flag} of ${command.name()}`;
    const below = command.commands.find((each) => each.name() === word);
    if (below !== undefined) command = below;
    else if (command.commands.length > 0 && /^[a-z]/.test(word))
      return `${line}: no command ${word} of ${command.name()}`;
  }
  return undefined;
}

function isSetting(path: string): boolean {
  let schema: z.ZodType | undefined = configSchema;
  for (const name of path.split('.')) schema = schema && sectionShape(schema)?.[name];
  return schema !== undefined;
}

test('a command that there is none of is noticed', () => {
  expect(mistakeIn('chimera dlq group')).toBe('chimera dlq group: no command group of dlq');
  expect(mistakeIn('chimera list --state running')).toContain('no option --state of list');
});

test.each(documents)('%s names commands and settings that there are', (document) => {
  const code = codeIn(readFileSync(join(root, document), 'utf8'));
  const commands = code.filter((line) => /^(?:npx )?chimera (?!listens)[a-z]/.test(line));
  expect(commands.map(mistakeIn).filter((mistake) => mistake !== undefined)).toEqual([]);
  const sections = Object.keys(configSchema.shape).join('|');
  const settings = code.flatMap(
    (each) => new RegExp(String.raw`^(?:${sections})(?:\.[a-z]\w*)+(?=$|:)`).exec(each) ?? [],
  );
  expect(settings.filter((path) => !isSetting(path))).toEqual([]);
});
