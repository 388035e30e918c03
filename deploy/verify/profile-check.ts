import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusyDaemon } from './busy-daemon.ts';
import { until } from './processes.ts';

/** Go's own reader of profiles, where it is: Debian leaves it out of the path. */
export function goProgram(): string | undefined {
  const lib = '/usr/lib';
  const installed = readdirSync(lib)
    .filter((name) => /^go-\d/.test(name))
    .map((name) => join(lib, name, 'bin/go'))
    .filter((file) => existsSync(file));
  return ['go', ...installed].find((go) => spawnSync(go, ['version']).error === undefined);
}

/** Of so many profiles, taken under load, how many have the planted function on top of `go tool pprof -top`, and what the others have. */
export async function hotFunctionFirst(
  go: string,
  folder: string,
  daemon: BusyDaemon,
  rounds: number,
): Promise<{ readonly first: number; readonly others: readonly string[] }> {
  const id = await daemon.submitOne('hot');
  const workflow = `http://${daemon.target}/api/workflows/${id}`;
  await until('the hot function runs', 30, async () => {
    const { status } = (await (await fetch(workflow)).json()) as { status: string };
    return status === 'running';
  });
  let first = 0;
  const others: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const response = await fetch(`http://${daemon.target}/debug/pprof/profile?seconds=0.5`, {
      headers: { authorization: `Bearer ${daemon.adminToken}` },
    });
    if (!response.ok) throw new Error(`profile: ${await response.text()}`);
    const file = join(folder, 'cpu.pb.gz');
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const { stdout } = spawnSync(go, ['tool', 'pprof', '-top', file], { encoding: 'utf8' });
    // Below the headings, the largest of its own comes first.
    const lines = stdout.split('\n');
    const top = lines[lines.findIndex((line) => /\bflat%/.test(line)) + 1]?.trim() ?? stdout;
    if (top.endsWith('plantedHotFunction')) first += 1;
    else others.push(top);
  }
  await fetch(`${workflow}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return { first, others };
}
