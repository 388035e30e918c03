import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { newDirectory, startedDaemon } from './chimera-process.ts';
import { otlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpanId = '00f067aa0ba902b7';

/** Its first attempt of the phase `do` fails; it answers with what it was told of the trace. */
const files = {
  'chimera.yaml': `
agents: { worker: { type: command, command: ['{node}', '{config}/worker.mjs'] } }
workflows: [work.yaml]
`,
  'work.yaml': `
name: work
phases:
  - { name: do, stage: implementation, agent: worker, timeout: 10s, retry: { maxRetries: 1, base: 300 } }
  - { name: check, stage: validation, agent: worker, timeout: 10s }
`,
  'worker.mjs': `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { attempt, phase, traceparent } = JSON.parse(text);
const failed = phase === 'do' && attempt === 1;
console.log(JSON.stringify(failed
  ? { status: 'failed', error: { message: 'not yet' } }
  : { status: 'succeeded', output: { traceparent, environment: process.env.TRACEPARENT } }));
`,
};

async function traced(sampled: '00' | '01') {
  const receiver = await otlpReceiver();
  onTestFinished(() => void receiver.close());
  const settings = [`tracing.endpoint=${receiver.url}`, 'log.level=debug'];
  const daemon = await startedDaemon(
    newDirectory(files),
    settings.flatMap((setting) => ['--set', setting]),
  );
  const response = await fetch(`${daemon.url}/api/workflows`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${callerSpanId}-${sampled}`,
    },
    body: JSON.stringify({ definition: 'work', input: {} }),
  });
  const { id } = (await response.json()) as { id: string };
  while ((await daemon.client.get(id)).status !== 'completed') await sleep(20);
  const workflow = await daemon.client.get(id);
  const profile = await daemon.client.workflowProfile(id);
  const flame = await daemon.client.workflowFlame(id);
  const accept = 'application/openmetrics-text';
  const metrics = await (await fetch(`${daemon.url}/metrics`, { headers: { accept } })).text();
  const { stderr } = await daemon.stop();
  const logs = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { id, workflow, profile, flame, metrics, logs, spans: receiver.spans };
}

function msOf({ endTimeUnixNano, startTimeUnixNano }: ReceivedSpan): number {
  return Number((BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1_000n) / 1_000;
}

test('a trace comes in over HTTP, goes through queue and retry to the agents, and out over OTLP', async () => {
  const { flame, id, logs, metrics, profile, spans, workflow } = await traced('01');
  const commits = spans.filter(({ name }) => name === 'COMMIT');
  const others = spans.filter(({ name }) => name !== 'COMMIT');
  expect(others.map(({ name }) => name).toSorted()).toEqual([
    'attempt check',
    'attempt do',
    'attempt do',
    'invoke_agent worker',
    'invoke_agent worker',
    'invoke_agent worker',
    'phase check',
    'phase do',
    'wait queued',
    'wait queued',
    'wait waiting',
    'workflow work',
  ]);
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  expect(new Set(spans.map((span) => span.spanId)).size).toBe(spans.length);
  const root = spans.find(({ name }) => name === 'workflow work');
  expect(root?.parentSpanId).toBe(callerSpanId);
  const ids = new Set([...spans.map((span) => span.spanId), callerSpanId]);
  for (const { parentSpanId = '' } of spans) expect(ids).toContain(parentSpanId);

  // Waits and attempts lie end to end: together they are the whole wall time.
  const parts = spans.filter(({ name }) => /^(wait|attempt) /.test(name));
  const covered = parts.reduce((sum, span) => sum + msOf(span), 0);
  const wall = (workflow.finishedAt ?? 0) - workflow.createdAt;
  expect(wall).toBeGreaterThan(200);
  expect(covered / wall).toBeGreaterThanOrEqual(0.99);
  expect(covered / wall).toBeLessThanOrEqual(1);

  const [first, second] = spans
    .filter(({ name }) => name === 'attempt do')
    .toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
  expect(first?.status).toEqual({ code: 2, message: 'AGENT_FAILED: not yet' });
  expect(second?.links?.map(({ spanId }) => spanId)).toEqual([first?.spanId]);

  // What was decided is waited for until it is on the disk: one span for each of its events.
  const words = commits.map(({ attributes }) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
  );
  expect(
    words.map((each) => each['chimera.event'] ?? '').toSorted((a, b) => a.localeCompare(b)),
  ).toEqual([
    'claimed',
    'claimed',
    'claimed',
    'phase-failed',
    'phase-succeeded',
    'phase-succeeded',
    'submitted',
  ]);
  for (const [index, { kind }] of commits.entries()) {
    expect([kind, words[index]?.['db.system.name'], words[index]?.['db.operation.name']]).toEqual([
      3,
      'sqlite',
      'COMMIT',
    ]);
  }

  const { isMeasured, parts: parted, totalsMs, wallMs } = profile;
  expect([isMeasured, wallMs]).toEqual([true, wall]);
  expect(Object.values(totalsMs).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(wall, 6);
  // Until the failure is on the disk, the retry's wait is the database's.
  expect(totalsMs.waiting + totalsMs.database).toBeGreaterThan(200);
  expect(parted.filter(({ kind }) => kind === 'agent').map(({ agent }) => agent)).toEqual([
    'worker',
    'worker',
    'worker',
  ]);
  expect(flame).toMatchObject({ exporter: 'chimera', profiles: [{ type: 'evented' }] });

  const calls = new Set(
    spans.filter(({ name }) => name.startsWith('invoke_agent')).map(({ spanId }) => spanId),
  );
  for (const { output } of workflow.artifacts) {
    const { environment, traceparent } = output as { environment: string; traceparent: string };
    expect(environment).toBe(traceparent);
    const [version, trace, parent = '', flags] = traceparent.split('-');
    expect([version, trace, flags]).toEqual(['00', traceId, '01']);
    expect(calls).toContain(parent);
  }

  const mine = logs.filter((line) => line['task_id'] === id);
  expect(mine.length).toBeGreaterThanOrEqual(3);
  for (const line of mine) {
    expect(line['trace_id']).toBe(traceId);
    expect(ids).toContain(line['span_id']);
  }
  const exemplar = /^chimera_phase_duration_seconds_bucket.*trace_id="(\w+)",span_id="(\w+)"/m;
  const [, exemplarTrace, exemplarSpan] = exemplar.exec(metrics) ?? [];
  expect(exemplarTrace).toBe(traceId);
  expect(ids).toContain(exemplarSpan);
}, 60_000);

test('who submits decides whether the trace is kept', async () => {
  const { spans, workflow } = await traced('00');
  expect(spans).toEqual([]);
  const { output } = workflow.artifacts[0] ?? {};
  expect(output).toMatchObject({ environment: expect.stringMatching(/-00$/) });
}, 60_000);
