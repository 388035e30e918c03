import { once } from 'node:events';
import type { Profiler as Inspector } from 'node:inspector';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { VirtualClock } from '@chimera/policy';
import Fastify from 'fastify';
import { Profile } from 'pprof-format';
import { describe, expect, onTestFinished, test } from 'vitest';
import { profilingRoutes } from '../src/http/profiling-routes.ts';
import { activeResources } from '../src/profiling/active-resources.ts';
import { cpuPprof } from '../src/profiling/cpu-pprof.ts';
import { Profiler } from '../src/profiling/profiler.ts';
import { sourceFrames } from '../src/profiling/source-frames.ts';
import { selfTimesByName } from './self-times.ts';

const kept: object[] = [];

function plantedHotFunction(): number {
  let sum = 0;
  for (let i = 0; i < 4e7; i += 1) sum += Math.sqrt(i % 1_000);
  return sum;
}

function plantedAllocation(): void {
  for (let i = 0; i < 200_000; i += 1) kept.push({ i, also: [i] });
}

function ranked(encoded: Uint8Array): readonly (readonly [name: string, value: number])[] {
  return selfTimesByName(Profile.decode(gunzipSync(encoded)));
}

/** A server with nothing but profiles, on a virtual clock; `during` is what there is to see. */
function server(adminToken?: string) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const http = Fastify();
  const profiler = new Profiler(clock);
  http.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.code === 'PROFILER_BUSY' ? 409 : (error.statusCode ?? 500);
    void reply.code(status).send({ error: { code: error.code, message: error.message } });
  });
  profilingRoutes(http, { profiler, clock, adminToken });
  onTestFinished(() => void http.close());
  /** Asks, lets the profiler begin, does the work, and lets the time pass. */
  const profiled = async (url: string, during: () => unknown) => {
    const asked = http.inject({ url, headers: { authorization: `Bearer ${adminToken}` } });
    void asked.then(() => undefined);
    while (clock.nextTimerAt === undefined) await setImmediate();
    during();
    await clock.advance(60_000);
    return asked;
  };
  return { clock, http, profiled };
}

const token = 'a-token-of-some-length';

describe('a profile', () => {
  test('of the CPU ranks a planted hot function first', async () => {
    const { profiled } = server(token);
    // V8 has optimised it before, as in a daemon that has been running.
    plantedHotFunction();
    const answer = await profiled('/debug/pprof/profile?seconds=5', plantedHotFunction);
    expect(answer.statusCode).toBe(200);
    const [[name] = []] = ranked(answer.rawPayload);
    expect(name).toBe('plantedHotFunction');
  });

  test("of the CPU comes as Chrome's developer tools load it, too", async () => {
    const { profiled } = server(token);
    const url = '/debug/pprof/profile?seconds=5&format=cpuprofile';
    const answer = await profiled(url, plantedHotFunction);
    const profile = answer.json<Inspector.Profile>();
    expect(profile.samples?.length).toBe(profile.timeDeltas?.length);
    const hot = profile.nodes.find(
      ({ callFrame }) => callFrame.functionName === 'plantedHotFunction',
    );
    expect(profile.samples).toContain(hot?.id);
  });

  test('of the heap ranks what allocates and keeps', async () => {
    const { profiled } = server(token);
    const answer = await profiled('/debug/pprof/heap?seconds=5', plantedAllocation);
    const [[name] = []] = ranked(answer.rawPayload);
    expect(name).toBe('plantedAllocation');
    kept.length = 0;
  });

  test('is taken one at a time, and after it the next one', async () => {
    const { clock, http } = server(token);
    const headers = { authorization: `Bearer ${token}` };
    const first = http.inject({ url: '/debug/pprof/profile?seconds=7', headers });
    void first.then(() => undefined);
    while (clock.nextTimerAt === undefined) await setImmediate();
    const second = await http.inject({ url: '/debug/pprof/heap?seconds=1', headers });
    expect([second.statusCode, second.json()]).toEqual([
      409,
      {
        error: {
          code: 'PROFILER_BUSY',
          message: 'a cpu profile is being taken; ask again in 7 s, one at a time',
        },
      },
    ]);
    await clock.advance(7_000);
    expect((await first).statusCode).toBe(200);
    const third = http.inject({ url: '/debug/pprof/heap?seconds=1', headers });
    void third.then(() => undefined);
    while (clock.nextTimerAt === undefined) await setImmediate();
    await clock.advance(1_000);
    expect((await third).statusCode).toBe(200);
  });

  test('ends when nobody waits for it any more', async () => {
    const profiler = new Profiler(new VirtualClock());
    const gone = new AbortController();
    const profile = profiler.cpu({ seconds: 60, format: 'chrome', signal: gone.signal });
    gone.abort();
    await profile;
    const again = profiler.heap({ seconds: 60, format: 'chrome', signal: gone.signal });
    await expect(again).resolves.toBeInstanceOf(Uint8Array);
  });

  test.each(['seconds=0', 'seconds=241', 'seconds=soon', 'format=svg', 'minutes=1'])(
    'is refused with %s',
    async (query) => {
      const { http } = server(token);
      const url = `/debug/pprof/profile?${query}`;
      const answer = await http.inject({ url, headers: { authorization: `Bearer ${token}` } });
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain(query.split('=')[0]);
    },
  );
});

describe('who takes a profile', () => {
  const paths = ['/debug/pprof/profile', '/debug/pprof/heap', '/debug/pprof/resources'];

  test.each(paths)('finds nothing at %s without a token in the settings', async (url) => {
    const { http } = server();
    const answer = await http.inject({ url, headers: { authorization: 'Bearer undefined' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('CHIMERA_HTTP_ADMIN_TOKEN');
  });

  test.each(paths)('needs the token at %s', async (url) => {
    const { http } = server(token);
    const basic = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
    for (const authorization of ['', `Bearer ${token}x`, 'Bearer', token, basic]) {
      const answer = await http.inject({ url, headers: { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.body).not.toContain(token);
    }
  });

  test('may have one of several words', async () => {
    const words = 'correct horse  battery staple';
    const { http } = server(words);
    const asked = (authorization: string) =>
      http.inject({ url: '/debug/pprof/resources', headers: { authorization } });
    expect((await asked(`Bearer ${words}`)).statusCode).toBe(200);
    expect((await asked('Bearer correct')).statusCode).toBe(401);
  });

  test('may give it as a password: tools take it from the URL', async () => {
    const { http } = server(token);
    const authorization = `Basic ${Buffer.from(`admin:${token}`).toString('base64')}`;
    const answer = await http.inject({
      url: '/debug/pprof/resources',
      headers: { authorization },
    });
    expect(answer.statusCode).toBe(200);
  });
});

test('time in which the process waits for events is nobody’s', async () => {
  const frame = { scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
  const profile: Inspector.Profile = {
    nodes: [
      { id: 1, callFrame: { ...frame, functionName: '(root)' }, children: [2, 3] },
      { id: 2, callFrame: { ...frame, functionName: '(idle)' } },
      { id: 3, callFrame: { ...frame, functionName: 'work' } },
    ],
    startTime: 1_000,
    endTime: 11_000,
    samples: [3, 2, 3],
    timeDeltas: [500, 2_000, 6_000],
  };
  // From each sample to the next: 2 ms, and 1.5 ms to the end.
  expect(ranked(await cpuPprof(profile, 0))).toEqual([['work', 3_500_000]]);
});

describe('a frame', () => {
  const directory = mkdtempSync(join(tmpdir(), 'chimera-frames-'));
  const bundle = join(directory, 'bundle.js');
  writeFileSync(bundle, '');
  // Its line 1 is line 6 of the source.
  const map = { version: 3, sources: ['../src/hot.ts'], names: [], mappings: 'AAKA' };
  writeFileSync(`${bundle}.map`, JSON.stringify(map));
  const frame = { url: pathToFileURL(bundle).href, lineNumber: 0, columnNumber: 3 };
  const hot = join(directory, '../src/hot.ts');

  test('of a bundle is found in the source', () => {
    expect(sourceFrames()({ ...frame, functionName: 'hot' })).toEqual({
      name: 'hot',
      file: hot,
      line: 6,
    });
  });

  test('without a name is told by where it is', () => {
    expect(sourceFrames()({ ...frame, functionName: '' }).name).toBe('(anonymous) hot.ts:6');
  });

  test('of Node.js itself stays as it is', () => {
    const node = { functionName: 'listOnTimeout', url: 'node:internal/timers', columnNumber: 0 };
    const found = sourceFrames()({ ...node, lineNumber: 621 });
    expect(found).toEqual({ name: 'listOnTimeout', file: 'node:internal/timers', line: 622 });
    const idle = { functionName: '(program)', url: '', lineNumber: -1, columnNumber: -1 };
    expect(sourceFrames()(idle)).toEqual({ name: '(program)', file: '', line: 0 });
  });
});

test('open sockets are shown, and nothing of the environment', async () => {
  const listening = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void listening.close());
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  process.env.CHIMERA_TEST_SECRET = 'hunter2hunter2';
  onTestFinished(() => void delete process.env.CHIMERA_TEST_SECRET);
  const { counts, handles } = activeResources(0);
  expect(counts['TCPServerWrap']).toBeGreaterThanOrEqual(1);
  expect(JSON.stringify(handles)).toContain(String(port));
  expect(JSON.stringify(handles)).not.toContain('hunter2');
});
