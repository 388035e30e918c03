import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChimeraClient } from '@chimera/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nearestPath } from '../src/http/nearest-path.ts';
import { version } from '../src/version.ts';
import { newDirectory, startedDaemon } from './chimera-process.ts';

let daemon: { url: string; client: ChimeraClient; stop(): Promise<unknown> };
beforeAll(async () => {
  daemon = await startedDaemon(newDirectory());
}, 60_000);
afterAll(() => daemon.stop());

interface Index {
  readonly service: string;
  readonly version: string;
  readonly paths: readonly string[];
}

async function answerTo(path: string): Promise<[number, unknown]> {
  const response = await fetch(`${daemon.url}${path}`);
  return [response.status, await response.json()];
}

test('the root tells each path that there is, with its methods', async () => {
  const [status, index] = (await answerTo('/')) as [number, Index];
  expect([status, index.service, index.version]).toEqual([200, 'chimera', version]);
  for (const path of ['GET /', 'POST /api/workflows', 'GET /api/health', 'GET /metrics'])
    expect(index.paths).toContain(path);
  const methodsOf = Map.groupBy(index.paths, (each) => each.split(' ')[1] ?? '');
  for (const [path, listed] of methodsOf) {
    const { headers } = await fetch(`${daemon.url}${path}`, { method: 'PATCH' });
    const allowed = headers.get('allow')?.split(', ') ?? [];
    const asked = allowed.filter((method) => method !== 'HEAD');
    expect(asked.map((method) => `${method} ${path}`)).toEqual(listed.toSorted());
  }
});

test('the README names each path', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const [, { paths }] = (await answerTo('/')) as [number, Index];
  const documented = (path: string) =>
    readme.includes(path.replace(':id', 'ID').replace(':name', 'NAME'));
  expect(paths.map((each) => each.split(' ')[1] ?? '').filter((path) => !documented(path))).toEqual(
    [],
  );
});

test.for<[string, string]>([
  ['/api/workflow?limit=3', '; did you mean /api/workflows? GET / tells what there is'],
  ['/api/workflow/1234567', '; did you mean /api/workflows/1234567? GET / tells what there is'],
  ['/health', '; did you mean /api/health? GET / tells what there is'],
  ['/api', '; GET / tells what there is'],
])('GET %s is refused with what was probably meant, and where all is', async ([path, hint]) => {
  const message = `there is no GET ${path}${hint}`;
  expect(await answerTo(path)).toEqual([404, { error: { code: 'NO_SUCH_ROUTE', message } }]);
});

const known = ['/', '/metrics', '/readyz', '/api/pool', '/api/workflows', '/api/workflows/:id'];
const id = '019ae3c0-7a10-7000-8000-000000000000';

test.for<[string, string | undefined]>([
  ['/metric', '/metrics'],
  ['/ready', '/readyz'],
  ['/workflow', '/api/workflows'],
  [`/api/workflow/${id}`, `/api/workflows/${id}`],
  // A long id would make it near to everything.
  [`/api/schedules/${id}`, undefined],
  ['/api/foo', undefined],
  ['/favicon.ico', undefined],
])('by %s, %s is meant', ([path, meant]) => {
  expect(nearestPath(path, known)).toBe(meant);
});

test('a path that nobody typed is compared with none', () => {
  const long = 'x'.repeat(10_000);
  expect(nearestPath(`/api/workflow/${long}`, known)).toBe(undefined);
});
