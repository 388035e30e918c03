import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';

const running: ChildProcess[] = [];

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts a program whose words go to `logFile`; it is ended with this process. */
export function started(
  command: string,
  words: readonly string[],
  { cwd, logFile }: { readonly cwd: string; readonly logFile: string },
): ChildProcess {
  const child = spawn(command, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  running.push(child);
  return child;
}

export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Asks until it says yes. */
export async function until(
  what: string,
  seconds: number,
  isSo: () => Promise<boolean>,
): Promise<number> {
  const from = performance.now();
  for (;;) {
    const isTrue = await isSo().catch(() => false);
    const tookMs = performance.now() - from;
    if (isTrue) return tookMs;
    if (tookMs > seconds * 1_000) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
