import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { answer, ask, workspaceOf } from './agent-process.ts';
import { sourceFiles } from './source-files.ts';
import { substrCalls } from './substr-calls.ts';

/** Looks for calls of the deprecated `substr`, and asks the inventory whether the repository may be changed. */
await answer(async (request) => {
  const { directory, repository } = workspaceOf(request);
  const inventory = process.env.INVENTORY_URL;
  if (inventory !== undefined) {
    const asked = await ask(inventory, {
      repository: basename(repository),
      attempt: request.attempt,
    });
    if (!('answer' in asked)) return asked;
  }
  const files: { path: string; calls: number }[] = [];
  for (const path of await sourceFiles(directory)) {
    const calls = substrCalls(await readFile(join(directory, path), 'utf8')).length;
    if (calls > 0) files.push({ path, calls });
  }
  const calls = files.reduce((sum, file) => sum + file.calls, 0);
  const summary =
    calls === 0
      ? 'nothing to change'
      : `replace ${calls} calls of substr in ${files.map(({ path }) => path).join(', ')}`;
  return { status: 'succeeded', output: { summary, files } };
});
