import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { answer, ask, workspaceOf } from './agent-process.ts';

/** Sends the diff to the review service; its verdict is the phase's. */
await answer(async (request) => {
  const { baseCommit, directory, repository } = workspaceOf(request);
  const { stdout: diff } = await promisify(execFile)('git', ['diff', `${baseCommit}..HEAD`], {
    cwd: directory,
  });
  const asked = await ask(process.env.REVIEW_URL ?? '', { repository: basename(repository), diff });
  if (!('answer' in asked)) return asked;
  const review = asked.answer as { readonly approved: boolean; readonly reason: string };
  return review.approved
    ? { status: 'succeeded', output: review }
    : { status: 'rejected', reason: review.reason, output: review };
});
