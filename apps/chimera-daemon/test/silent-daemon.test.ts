import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ChimeraClient, DaemonError } from '@chimera/client';
import { VirtualClock } from '@chimera/policy';
import { expect, onTestFinished, test } from 'vitest';
import { chimera } from './chimera-process.ts';

/** Never answers, unless with what is given; heeds the signal as `fetch` does. */
const silent =
  (answer?: Response): typeof fetch =>
  (_url, init) =>
    answer === undefined
      ? new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        })
      : Promise.resolve(answer);

/** When each call was given up, in ms from its beginning. */
async function givenUpAt(
  ask: (client: ChimeraClient) => Promise<unknown>,
  timeoutMs?: number,
): Promise<number> {
  const clock = new VirtualClock(0);
  const client = new ChimeraClient({
    fetch: silent(),
    clock,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const given = ask(client).catch((error: unknown) => {
    if (error instanceof DaemonError && error.code === 'DAEMON_SILENT') return clock.monotonic();
    throw error;
  });
  await clock.advance(400_000);
  return Number(await given);
}

test('an answer that never comes is waited for as long as the client is told, and 30 s unless it is', async () => {
  expect(await givenUpAt((client) => client.list())).toBe(30_000);
  expect(await givenUpAt((client) => client.list(), 1_500)).toBe(1_500);
  expect(await givenUpAt((client) => client.drain({ timeoutMs: 3_600_000 }), 2_000)).toBe(2_000);
});

test('what the daemon does before it answers is waited for as well', async () => {
  expect(await givenUpAt((client) => client.cpuProfile({ seconds: 60 }))).toBe(90_000);
  expect(await givenUpAt((client) => client.heapProfile(), 1_000)).toBe(31_000);
  expect(await givenUpAt((client) => client.backup('/b.db'), 1_000)).toBe(300_000);
  expect(await givenUpAt((client) => client.backup('/b.db', { timeoutMs: 7_000 }))).toBe(7_000);
});

test('a drain that has begun to answer may take as long as it does', async () => {
  const clock = new VirtualClock(0);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const client = new ChimeraClient({ fetch: silent(new Response(readable)), clock });
  const draining = client.drain();
  const stream = writable.getWriter();
  await stream.write(Buffer.from('\n'));
  await clock.advance(3_600_000);
  await stream.write(Buffer.from('{"finished":1,"cut":[]}'));
  await stream.close();
  expect(await draining).toEqual({ finished: 1, cut: [] });
});

test('who asked for more than to be told something hears that it may be done all the same', async () => {
  const clock = new VirtualClock(0);
  const client = new ChimeraClient({ fetch: silent(), clock });
  const pausing = client.pause().catch(String);
  await clock.advance(30_000);
  expect(await pausing).toContain('within 30 s, and may yet do what was asked; check the address');
});

test('what Node.js itself gives up on is silence, too', async () => {
  const cause = Object.assign(new Error('Headers Timeout Error'), {
    code: 'UND_ERR_HEADERS_TIMEOUT',
  });
  const client = new ChimeraClient({
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause })),
    timeoutMs: Infinity,
  });
  const error: unknown = await client.status().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DaemonError);
  expect(error).toMatchObject({
    code: 'DAEMON_SILENT',
    message: expect.stringContaining('within 300 s') as string,
  });
});

test('a limit under 1 ms is refused', () => {
  expect(() => new ChimeraClient({ timeoutMs: 0 })).toThrow(
    new RangeError('client: timeoutMs must be a number >= 1, got 0'),
  );
});

test('a command tells of a server that takes the connection and says nothing', async () => {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await chimera(['list', '--url', url, '--request-timeout', '200ms'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `chimera: ${url} has not answered within 0.2 s; check the address (--url, CHIMERA_URL) and the daemon's log, or wait longer (--request-timeout, CHIMERA_REQUEST_TIMEOUT)\n`,
  });
});

test.for(['0', '6m', 'soon'])('a limit of %s is wrong usage', async (limit) => {
  const run = await chimera(['list', '--request-timeout', limit]);
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain("must be a duration from 1ms to 5m, such as '30s'");
});
