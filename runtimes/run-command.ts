import { spawnSync } from 'node:child_process';

/** What a command printed. Throws with all that it said when it fails. */
export function runCommand(
  program: string,
  words: readonly string[],
  cwd: string,
  timeoutMs = 300_000,
): string {
  const { error, signal, status, stderr, stdout } = spawnSync(program, words, {
    cwd,
    encoding: 'utf8',
    timeout: timeoutMs,
  });
  if (status === 0) return stdout;
  const why = error?.message ?? (signal === null ? `exit code ${status}` : `killed by ${signal}`);
  throw new Error(`${program} ${words.join(' ')}: ${why}\n${stdout ?? ''}${stderr ?? ''}`.trim());
}
