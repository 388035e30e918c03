import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { GracefulDegradation } from '@chimera/graceful-degradation';
import { VirtualClock } from '@chimera/policy';
import Fastify, { type FastifyError } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type ServerDeps } from '../src/http/create-server.ts';
import { onlyLocalNames } from '../src/http/only-local-names.ts';
import { refusalOf } from '../src/http/refusal.ts';
import { newDirectory, startedDaemon } from './chimera-process.ts';

let daemon: Awaited<ReturnType<typeof startedDaemon>>;
beforeAll(async () => {
  daemon = await startedDaemon(newDirectory(), ['--set', 'http.bodyLimitBytes=1024']);
}, 60_000);
afterAll(() => daemon.stop());

const json = { 'content-type': 'application/json' };

const letterId = 'f4deef5a-3a71-41fc-b8b7-a6cb3659d06b';
const workflowId = '01a202b4-1b94-7000-a67c-bf16b83fcd10';

/** Method and path, what is sent, and what is answered. */
test.for<[string, string, RequestInit, number, string, string | RegExp]>([
  [
    'a body that is not JSON',
    'POST /api/workflows',
    { headers: json, body: '{"definition":' },
    400,
    'INVALID_JSON',
    'the body must be JSON; it is not: it ends too early, at line 1, column 15',
  ],
  [
    'a body with a comma too many',
    'POST /api/workflows',
    { headers: json, body: '{\n  "definition": "standard",\n}' },
    400,
    'INVALID_JSON',
    'the body must be JSON; it is not: expected double-quoted property name at line 3, column 1',
  ],
  [
    'an empty body, where there has to be one',
    'POST /api/workflows',
    { headers: json, body: '' },
    400,
    'INVALID_REQUEST',
    /^there is no body; it must be a JSON object, with content-type application\/json: definition is missing; it must be a text$/,
  ],
  [
    'no body, where there has to be one',
    'POST /api/backup',
    {},
    400,
    'INVALID_REQUEST',
    /^there is no body; it must be a JSON object, with content-type application\/json: path is missing; it must be a text$/,
  ],
  [
    'a body that does not say what it is',
    'POST /api/workflows',
    { body: new Uint8Array(Buffer.from('{"definition":"standard"}')) },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'content-type must be application/json, got none',
  ],
  [
    'a body in another encoding',
    'POST /api/workflows',
    { headers: json, body: new Uint8Array(Buffer.from('{"definition":"Müller"}', 'latin1')) },
    400,
    'INVALID_JSON',
    'the body must be JSON in UTF-8; it has bytes of another encoding',
  ],
  [
    'JSON that reaches for a prototype',
    'POST /api/workflows',
    { headers: json, body: '{"definition":"standard","input":{"a":[{"__proto__":{"x":1}}]}}' },
    400,
    'INVALID_REQUEST',
    'the body must have no key "__proto__", and no "constructor" that has a "prototype"; name it otherwise',
  ],
  [
    'JSON that reaches for a prototype by another way',
    'POST /api/workflows',
    { headers: json, body: '{"input":{"constructor":{"prototype":{}}}}' },
    400,
    'INVALID_REQUEST',
    'the body must have no key "__proto__"',
  ],
  [
    'JSON of too many levels',
    'POST /api/workflows',
    { headers: json, body: `{"input":{"a":${'['.repeat(499)}${']'.repeat(499)}}}` },
    400,
    'INVALID_REQUEST',
    'the body must be at most 500 levels deep',
  ],
  [
    'JSON of as many levels as there may be, only for its other faults',
    'POST /api/workflows',
    { headers: json, body: `\uFEFF{"input":{"a":${'['.repeat(498)}${']'.repeat(498)}}}` },
    400,
    'INVALID_REQUEST',
    'definition is missing; it must be a text',
  ],
  [
    'a text',
    'POST /api/workflows',
    { headers: { 'content-type': 'text/plain' }, body: 'hello' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'content-type must be application/json, got "text/plain"',
  ],
  [
    'a form',
    'POST /api/workflows',
    { body: new URLSearchParams({ definition: 'standard' }) },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    /^content-type must be application\/json, got "application\/x-www-form-urlencoded/,
  ],
  [
    'a packed body',
    'POST /api/workflows',
    {
      headers: { ...json, 'content-encoding': 'gzip' },
      body: new Uint8Array(gzipSync('{"definition":"standard","input":{}}')),
    },
    415,
    'UNSUPPORTED_CONTENT_ENCODING',
    'content-encoding must be identity, or be left out, got "gzip"; send the body as it is',
  ],
  [
    'a plain body that calls itself packed',
    'POST /api/workflows',
    {
      headers: { ...json, 'content-encoding': 'br' },
      body: '{"definition":"standard","input":{}}',
    },
    415,
    'UNSUPPORTED_CONTENT_ENCODING',
    'content-encoding must be identity, or be left out, got "br"; send the body as it is',
  ],
  [
    'a body that says it is as it is, only for its other faults',
    'POST /api/workflows',
    { headers: { ...json, 'content-encoding': 'Identity' }, body: '{"input":{}}' },
    400,
    'INVALID_REQUEST',
    'definition is missing; it must be a text',
  ],
  [
    'too many bytes',
    'POST /api/workflows',
    { headers: json, body: JSON.stringify({ definition: 'x'.repeat(2_000) }) },
    413,
    'BODY_TOO_LARGE',
    "the body must have at most 1024 bytes, got 2017; the daemon's setting is http.bodyLimitBytes",
  ],
  [
    'a list for an object',
    'POST /api/workflows',
    { headers: json, body: '[1]' },
    400,
    'INVALID_REQUEST',
    'the body must be a JSON object, got [1]',
  ],
  [
    'fields that are missing, wrong and unknown',
    'POST /api/workflows',
    { headers: json, body: '{"input":[],"priority":"high","runat":1,"idempotencyKey":""}' },
    400,
    'INVALID_REQUEST',
    'definition is missing; it must be a text; input must be a JSON object, got []; ' +
      'priority must be a number, got "high"; idempotencyKey must not be empty, got ""; runat is not a field; ' +
      'fields are definition, input, priority, estimateMs, idempotencyKey, runAt',
  ],
  [
    'an idempotency key that is empty, in the header',
    'POST /api/workflows',
    {
      headers: { ...json, 'idempotency-key': '' },
      body: '{"definition":"standard","input":{}}',
    },
    400,
    'INVALID_REQUEST',
    'idempotencyKey must not be empty, got ""',
  ],
  [
    'an idempotency key that is too long, in the header',
    'POST /api/workflows',
    {
      headers: { ...json, 'idempotency-key': 'k'.repeat(201) },
      body: '{"definition":"standard","input":{}}',
    },
    400,
    'INVALID_REQUEST',
    /^idempotencyKey must .*200/,
  ],
  [
    'a query of wrong values',
    'GET /api/workflows?limit=many&status=lost',
    {},
    400,
    'INVALID_REQUEST',
    'status must be one of queued, running, waiting, completed, dead, cancelled, got "lost"; limit must be a number, got "many"',
  ],
  [
    'a query out of range',
    'GET /api/decisions?kind=oracle&limit=0&changes=perhaps',
    {},
    400,
    'INVALID_REQUEST',
    'kind must be one of autoscaler, degradation, breaker, got "oracle"; changes must be true or false, got "perhaps"; limit must be from 1 to 500, got "0"',
  ],
  [
    'a number out of range',
    'POST /api/workflows',
    { headers: json, body: '{"definition":"standard","priority":11,"runAt":-1}' },
    400,
    'INVALID_REQUEST',
    /^priority must be from 0 to 10, got 11; runAt must be >= 0, got -1$/,
  ],
  [
    'a field given twice',
    'GET /api/workflows?status=dead&status=queued',
    {},
    400,
    'INVALID_REQUEST',
    /^status must be one of .*, got \["dead","queued"\]$/,
  ],
  [
    'a cursor of nobody',
    'GET /api/workflows?cursor=nonsense',
    {},
    400,
    'INVALID_CURSOR',
    /^cursor must be the nextCursor of a list, got "nonsense"$/,
  ],
  [
    'a cursor of nobody in the dead letters',
    'GET /api/dead-letters?cursor=nonsense',
    {},
    400,
    'INVALID_CURSOR',
    /^cursor must be the nextCursor of a list, got "nonsense"$/,
  ],
  [
    'an id that is not percent-encoded',
    'GET /api/workflows/%zz',
    {},
    400,
    'INVALID_PATH',
    'the path must be percent-encoded: a % stands before two hexadecimal digits',
  ],
  [
    'an id of nobody, however long',
    `GET /api/workflows/${'x'.repeat(10_000)}`,
    {},
    404,
    'WORKFLOW_NOT_FOUND',
    /^there is no workflow x+…; see: GET \/api\/workflows$/,
  ],
  [
    'an id of a dead letter, asked for as a workflow',
    `GET /api/workflows/${letterId}`,
    {},
    404,
    'WORKFLOW_NOT_FOUND',
    `there is no workflow ${letterId}; see: GET /api/dead-letters/${letterId}`,
  ],
  [
    'a dead letter of nobody',
    'POST /api/dead-letters/nobody/requeue',
    {},
    404,
    'DEAD_LETTER_NOT_FOUND',
    /^there is no dead letter nobody; see: GET \/api\/dead-letters$/,
  ],
  [
    'an id of a workflow, asked for as a dead letter',
    `GET /api/dead-letters/${workflowId}`,
    {},
    404,
    'DEAD_LETTER_NOT_FOUND',
    `there is no dead letter ${workflowId}; see: GET /api/dead-letters?workflow=${workflowId}`,
  ],
  [
    'a redrive of nothing',
    'POST /api/dead-letters/redrive',
    { headers: json, body: '{"all":true}' },
    404,
    'NO_DEAD_LETTER_MATCHES',
    'there is no open dead letter; see: GET /api/dead-letters/groups',
  ],
  [
    'a path that is none',
    'GET /api/workflow',
    {},
    404,
    'NO_SUCH_ROUTE',
    'there is no GET /api/workflow',
  ],
  [
    'another method of a path',
    'DELETE /api/workflows?limit=3',
    {},
    405,
    'METHOD_NOT_ALLOWED',
    /^there is no DELETE \/api\/workflows\?limit=3; this path takes GET, HEAD, POST$/,
  ],
  [
    'another method of a path with an id',
    'PUT /api/workflows/nobody/cancel',
    { headers: json, body: '{}' },
    405,
    'METHOD_NOT_ALLOWED',
    'there is no PUT /api/workflows/nobody/cancel; this path takes POST',
  ],
  [
    'a log level that is none',
    'PUT /api/log-level',
    { headers: json, body: '{"level":"loud"}' },
    400,
    'INVALID_REQUEST',
    /^level must be one of .*, got "loud"$/,
  ],
  [
    'a relative path of a backup',
    'POST /api/backup',
    { headers: json, body: '{"path":"here.db"}' },
    400,
    'INVALID_REQUEST',
    'path must be an absolute path on the daemon’s machine, got "here.db"',
  ],
])('%s is refused in words', async ([, route, init, status, code, message]) => {
  const [method, path] = route.split(' ');
  const response = await fetch(`${daemon.url}${path}`, { method: method ?? '', ...init });
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect([response.status, error.code]).toEqual([status, code]);
  expect(error.message).toMatch(message);
});

test.for<[string, RequestInit]>([
  ['nothing at all', {}],
  ['an empty form, as curl -d "" sends', { body: new URLSearchParams() }],
  ['an empty text', { body: '' }],
  ['an empty body that calls itself JSON', { headers: json, body: '' }],
  ['no body, but its type', { headers: json }],
])('where a body may be left out, %s will do', async ([, init]) => {
  const { status } = await fetch(`${daemon.url}/api/pool/resume`, { method: 'POST', ...init });
  expect(status).toBe(200);
});

test('what a path takes instead stands in a header, too', async () => {
  const { headers } = await fetch(`${daemon.url}/api/log-level`, { method: 'DELETE' });
  expect(headers.get('allow')).toBe('GET, HEAD, PUT');
});

/** What is answered to bytes that need not be a request. */
async function answerTo(bytes: string): Promise<string> {
  const { hostname, port } = new URL(daemon.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return text(socket);
}

test('where a body may be left out, one that turns out to be empty will do', async () => {
  const head = 'POST /api/pool/resume HTTP/1.1\r\nhost: localhost\r\nconnection: close';
  const chunks = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(await answerTo(`${head}\r\n${chunks}`)).toMatch(/^HTTP\/1\.1 200 /);
});

test.for<[string, string, number, string, string]>([
  [
    'a header that is too long',
    `GET /api/pool HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
    'the path and the headers must have at most 16384 bytes together',
  ],
  [
    'a path that is too long',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
    'the path and the headers must have at most 16384 bytes together',
  ],
  [
    'what is no request',
    'hello\r\n\r\n',
    400,
    'INVALID_HTTP',
    'what was sent is not an HTTP/1.1 request: Invalid method encountered',
  ],
  [
    'a length that is none',
    'POST /api/workflows HTTP/1.1\r\nhost: localhost\r\ncontent-length: many\r\n\r\n',
    400,
    'INVALID_HTTP',
    'what was sent is not an HTTP/1.1 request: Invalid character in Content-Length',
  ],
  [
    'a request without a host',
    'GET /api/pool HTTP/1.1\r\nconnection: close\r\n\r\n',
    403,
    'FOREIGN_HOST',
    'host "" is not a name of this daemon; use its address',
  ],
  [
    'an expectation that nobody can meet',
    'GET /api/pool HTTP/1.1\r\nhost: localhost\r\nexpect: wonders\r\nconnection: close\r\n\r\n',
    417,
    'EXPECTATION_FAILED',
    'expect must be 100-continue, or be left out',
  ],
])('%s is refused in the same form', async ([, bytes, status, code, message]) => {
  const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n');
  expect(head).toMatch(`HTTP/1.1 ${status} `);
  expect(head).toMatch('content-type: application/json; charset=utf-8');
  expect(body).toContain(JSON.stringify({ error: { code, message } }));
});

test('a request has a minute to arrive: whose body never comes holds no connection', () => {
  const parts = { desk: {}, clock: new VirtualClock(0), bodyLimitBytes: 1_024, host: 'localhost' };
  const { server } = createServer(parts as unknown as ServerDeps);
  expect(server.requestTimeout).toBe(60_000);
});

test('a stack that was exhausted is a failure of the daemon, not a wrong value', () => {
  const overflow = new RangeError('Maximum call stack size exceeded');
  const error = Object.assign(overflow, { statusCode: undefined, code: '' });
  expect(refusalOf(error as unknown as FastifyError, { headers: {} }, 1_024)).toMatchObject({
    status: 500,
    code: 'INTERNAL',
  });
});

test('a submit that waits until the machine has recovered is refused by field, rule and value', () => {
  const degradation = new GracefulDegradation({}, { clock: new VirtualClock(0) });
  degradation.observe({ memory: 0.96 });
  const refusal = degradation.admit(5);
  expect(refusalOf(refusal as unknown as FastifyError, { headers: {} }, 1_024)).toEqual({
    status: 503,
    code: 'DEGRADED',
    message: `priority must be >= 8 while the machine is short (mode survival), got 5; submit it again in ${refusal?.retryAfterMs} ms`,
  });
});

test.for<[string, number]>([
  ['MyBox:7717', 200],
  ['mybox:7717', 200],
  ['other.example:7717', 403],
])('a daemon that listens on MyBox answers to %s with %i', async ([host, status]) => {
  const http = Fastify();
  http.addHook('onRequest', onlyLocalNames('MyBox'));
  http.get('/', () => ({}));
  const { statusCode } = await http.inject({ url: '/', headers: { host } });
  expect(statusCode).toBe(status);
});
