import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { ChimeraClient } from '@chimera/client';

const program = join(import.meta.dirname, '../src/cli.ts');

const fromSource = ['--conditions=chimera-source', '--disable-warning=ExperimentalWarning'];

/** Names its variables: CHIMERA_* ones of whoever runs the tests must not reach what is tested. */
const environment = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  TMPDIR: tmpdir(),
};

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function newDirectory(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'chimera-cli-'));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(directory, name), content);
  return directory;
}

/** The program itself, from source, as a process of its own. */
export function spawnChimera(
  words: readonly string[],
  cwd: string,
  stdout: 'pipe' | number = 'pipe',
  stderr: 'pipe' | number = 'pipe',
): ChildProcess {
  return spawn(process.execPath, [...fromSource, program, ...words], {
    cwd,
    env: environment,
    stdio: ['ignore', stdout, stderr],
  });
}

/** A module of TypeScript, which may import what is in `src`. */
export function spawnModule(source: string): ChildProcessWithoutNullStreams {
  const flags = [...fromSource, '--input-type=module-typescript'];
  const own = `const { createLog, linesOf } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../src/log.ts')).href)});\n`;
  return spawn(process.execPath, [...flags, '--eval', own + source], { env: environment });
}

export async function chimera(
  words: readonly string[],
  cwd: string = newDirectory(),
): Promise<Run> {
  const child = spawnChimera(words, cwd);
  const { stderr, stdout } = child;
  if (stdout === null || stderr === null) throw new Error('the output is not piped');
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout: out, stderr: err };
}

/** A daemon that runs until it is stopped, and a client for it. */
export async function startedDaemon(cwd: string, words: readonly string[] = []) {
  const child = spawnChimera(['start', '--port', '0', '--log-level', 'error', ...words], cwd);
  if (child.stdout === null || child.stderr === null) throw new Error('the output is not piped');
  const errors = text(child.stderr);
  let stdout = '';
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, 'close');
  lines.on('line', (line) => (stdout += `${line}\n`));
  for await (const [line] of on(lines, 'line', { close: ['close'] }) as AsyncIterable<[string]>) {
    const url = /listens at (\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      client: new ChimeraClient({ url }),
      signal: (signal: NodeJS.Signals) => child.kill(signal),
      /** When it ends by itself, or was told to. */
      ended: async (): Promise<Run> => {
        await closed;
        return { exitCode: child.exitCode, stdout, stderr: await errors };
      },
      /** Ends it as an operator would; gives what it wrote to standard error. */
      stop: async (signal: NodeJS.Signals = 'SIGTERM') => {
        child.kill(signal);
        await closed;
        return { exitCode: child.exitCode, stderr: await errors };
      },
    };
  }
  throw new Error(`the daemon did not start: ${await errors}`);
}
