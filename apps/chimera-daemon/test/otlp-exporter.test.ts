import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { otlpExport } from '../src/tracing/otlp-exporter.ts';
import { SentSpans } from '../src/tracing/sent-spans.ts';
import type { SpanRecord } from '../src/tracing/span-record.ts';
import { otlpReceiver } from './otlp-receiver.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

function spans(count: number): SpanRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    traceId,
    spanId: (index + 1).toString(16).padStart(16, '0'),
    parentSpanId: undefined,
    name: 'attempt do',
    startedAt: 1_000,
    endedAt: 2_000,
    attributes: {},
    status: 'ok',
  }));
}

function logged() {
  const lines: string[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { lines, log };
}

test('as many spans as may wait are sent whole by a stop', async () => {
  const receiver = await otlpReceiver();
  onTestFinished(() => void receiver.close());
  const { lines, log } = logged();
  const sending = otlpExport(receiver.url, 'a', log);
  sending.add(spans(32_768));
  await sending.stop();
  expect(receiver.spans).toHaveLength(32_768);
  expect(lines).toEqual([]);
});

test('spans that nobody takes are told of once, and that they come through again', async () => {
  let status = 400;
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end('{}'));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { lines, log } = logged();
  const sending = otlpExport(`http://127.0.0.1:${port}`, 'a', log);
  // A full batch is sent at once.
  sending.add(spans(1_024));
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 20_000 });
  status = 200;
  sending.add(spans(512));
  await sending.stop();
  expect(lines).toEqual([
    `traces cannot be sent to http://127.0.0.1:${port}/v1/traces (Bad Request); spans are lost until they can, the work goes on`,
    expect.stringMatching(/ are sent to http:.* again; \d+ spans were lost$/),
  ]);
});

test('those for which there is no room are counted', () => {
  const { lines, log } = logged();
  const sent = new SentSpans(2, { url: 'http://a/v1/traces', log });
  expect([sent.mayAdd(), sent.mayAdd(), sent.mayAdd(), sent.mayAdd()]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  sent.ended(2, undefined);
  expect(sent.mayAdd()).toBe(true);
  sent.ended(1, undefined);
  expect(lines).toEqual([
    'traces cannot be sent to http://a/v1/traces (more than 2 wait to be sent); spans are lost until they can, the work goes on',
    'traces are sent to http://a/v1/traces again; 2 spans were lost',
  ]);
});
