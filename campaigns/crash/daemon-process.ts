import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ChimeraClient } from '@chimera/client';
import { diskEnvironment, type PreloadedDisk } from '@chimera/proving/crash';
import type { CampaignFolder } from './campaign-folder.ts';

export type Disk = Omit<PreloadedDisk, 'files'>;

export interface DaemonProcess {
  /** Of the monotonic clock, in ms. */
  readonly spawnedAt: number;
  readonly exited: Promise<void>;
  /** Resolves when it listens; with undefined when it ended before. */
  readonly listening: Promise<ChimeraClient | undefined>;
  kill(): void;
  /** Ends it as an operator would. */
  stop(): Promise<number | null>;
}

const require = createRequire(import.meta.url);
const executable = join(
  dirname(require.resolve('@chimera/chimera-daemon/package.json')),
  'bin/chimera.js',
);

/** Starts `chimera start` as a process of its own, on a disk that can fail if there is one. */
export function spawnDaemon(
  { config, database, directory, log }: CampaignFolder,
  disk?: Disk,
): DaemonProcess {
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, [executable, 'start', '--config', config], {
    cwd: directory,
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      ...(disk === undefined ? {} : diskEnvironment({ ...disk, files: database })),
    },
  });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    spawnedAt,
    exited,
    listening: listeningAt(child),
    kill: () => {
      child.kill('SIGKILL');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

async function listeningAt({ stdout }: ChildProcess): Promise<ChimeraClient | undefined> {
  if (stdout === null) throw new Error('the output is not piped');
  for await (const line of createInterface({ input: stdout })) {
    const url = /listens at (\S+)/.exec(line)?.[1];
    if (url !== undefined) return new ChimeraClient({ url });
  }
  return undefined;
}
