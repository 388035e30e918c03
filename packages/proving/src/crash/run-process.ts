import { spawn } from 'node:child_process';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whole lines of its standard output. */
  readonly lines: readonly string[];
  /** The end of what it wrote to standard error. */
  readonly complaint: string;
}

/** Runs a program to its end. */
export function runProcess(
  [program, ...words]: readonly [string, ...(readonly string[])],
  {
    directory,
    env,
    timeoutMs,
  }: {
    readonly directory: string;
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
  },
): Promise<ProcessEnd> {
  const child = spawn(program, words, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env, CRASH_DIRECTORY: directory },
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code, signal, lines: wholeLines(output), complaint: complaint.trim() }),
    );
  });
}

/** What comes after the last line's end was not said. */
export function wholeLines(output: string): readonly string[] {
  return output.split('\n').slice(0, -1);
}
