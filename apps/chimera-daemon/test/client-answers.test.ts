import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChimeraClient, DaemonError } from '@chimera/client';
import { expect, onTestFinished, test } from 'vitest';
import { chimera } from './chimera-process.ts';

/** A client of a server that answers so, and the server's address. */
async function clientOf(answer: RequestListener): Promise<ChimeraClient> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return new ChimeraClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function refusal(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => 'answered',
    (error: unknown) => error,
  );
}

test.for([301, 302, 303, 307, 308])(
  'what is to be done is not sent on by a %i: it would become a question, and be told as done',
  async (status) => {
    const asked: (string | undefined)[] = [];
    const client = await clientOf(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      if (url === '/moved') response.end('{"items":[],"nextCursor":null}');
      else response.writeHead(status, { location: '/moved' }).end();
    });
    const error = await refusal(client.submit({ definition: 'standard', input: {} }));
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({
      code: 'NOT_A_DAEMON',
      status,
      message: `${client.url} sends on to /moved, and nothing was done; name the address of the daemon itself (--url, CHIMERA_URL)`,
    });
    expect(asked).toEqual(['POST /api/workflows']);
    expect(await client.list()).toEqual({ items: [], nextCursor: null });
  },
);

test('an answer that breaks off is told as one, whatever was asked for', async () => {
  const client = await clientOf((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"finished":');
    // What was written is sent first.
    setImmediate(() => response.destroy());
  });
  for (const ask of [
    () => client.status(),
    () => client.drain(),
    () => client.cpuProfile({ seconds: 0.1 }),
  ]) {
    const error = await refusal(ask());
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({
      code: 'DAEMON_UNREACHABLE',
      message: expect.stringContaining(
        `the connection to ${client.url} broke off in the midst of an answer`,
      ) as string,
    });
  }
});

test('a filter that is undefined is none', async () => {
  const asked: (string | undefined)[] = [];
  const client = await clientOf(({ url }, response) => {
    asked.push(url);
    response.end('{"items":[],"nextCursor":null}');
  });
  await client.deadLetters({ status: undefined, agent: 'coder', phase: undefined });
  await client.deadLetters({ status: undefined });
  expect(asked).toEqual(['/api/dead-letters?agent=coder', '/api/dead-letters']);
});

test('what is printed as JSON acts on no terminal, and is the same value', async () => {
  const page = { items: [], nextCursor: null, said: 'a\u001b[2J\u007f\u009b31m\u0085b\u00a0é' };
  const { url } = await clientOf((_request, response) => void response.end(JSON.stringify(page)));
  const { stdout } = await chimera(['list', '--json', '--url', url]);
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(stdout)).toEqual(page);
});

test.for(['{}', '[]', '{"ok":true,"status":"green"}'])(
  'a server of something else, which answers %s, is told as one: nothing was submitted or paused',
  async (answer) => {
    const { url } = await clientOf((_request, response) => void response.end(answer));
    for (const [words, path, missing] of [
      [['submit', 'standard', '--input', '{}'], '/api/workflows', 'id'],
      [['pause'], '/api/pool/pause', 'state'],
      [['status'], '/api/status', 'pool'],
    ] as const) {
      const { exitCode, stderr, stdout } = await chimera([...words, '--url', url]);
      expect([exitCode, stderr, stdout]).toEqual([
        1,
        `chimera: ${url}${path} answers without "${missing}", as no chimera daemon of this version does; check the URL, and the daemon's version\n`,
        '',
      ]);
    }
  },
);

test('a daemon that ends before it answers was there, and may have done what was asked', async () => {
  const client = await clientOf(({ socket }) => void socket.destroy());
  const error = await refusal(client.submit({ definition: 'standard', input: {} }));
  expect(error).toBeInstanceOf(DaemonError);
  expect(error).toMatchObject({
    code: 'DAEMON_UNREACHABLE',
    message: `the connection to ${client.url} broke off before it answered; what was asked may be done all the same; see the daemon's log`,
  });
});
