import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  TracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace';
import { VirtualClock } from '@chimera/policy';
import {
  bothInstruments,
  MetricsRegistry,
  measureMemory,
  registryInstruments,
  traced,
  trackRequest,
} from '@chimera/telemetry';
import { openTelemetry } from '@chimera/telemetry/open-telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { samplesOf, valuesOf } from './scrape.ts';

const spans = new InMemorySpanExporter();
let exporter: InMemoryMetricExporter;
let reader: PeriodicExportingMetricReader;

/** Every point of every metric, as `name{attribute=value}`: its value, or of a histogram its count. */
async function points(): Promise<Record<string, number>> {
  exporter.reset();
  await reader.forceFlush();
  const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  const shown = scopes.flatMap((scope) =>
    scope.metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const pairs = Object.entries(attributes).map(([key, text]) => `${key}=${String(text)}`);
        const number = typeof value === 'number' ? value : value.count;
        return [`${descriptor.name}[${descriptor.unit}]{${pairs.join(',')}}`, number] as const;
      }),
    ),
  );
  return Object.fromEntries(shown);
}

beforeEach(() => {
  spans.reset();
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterEach(async () => {
  await reader.shutdown();
  metrics.disable();
  trace.disable();
  context.disable();
});

it('gets every instrument, by its own name', async () => {
  const telemetry = openTelemetry();
  const call = trackRequest('report.render', { telemetry, labels: { agent: 'x' } })(async (
    fails: boolean,
  ) => {
    if (fails) throw new RangeError('too long');
  });
  await call(false);
  await expect(call(true)).rejects.toThrow('too long');
  measureMemory('parse', { telemetry, memory: () => 42 })(() => 1)();
  expect(await points()).toEqual({
    'report.render.duration[s]{agent=x}': 2,
    'report.render.calls[]{agent=x,status=success}': 1,
    'report.render.calls[]{agent=x,status=error}': 1,
    'report.render.errors[]{agent=x,error.type=RangeError}': 1,
    'parse.memory.peak[By]{}': 42,
  });
});

describe('a span', () => {
  it('stands above what the function starts, also later on', async () => {
    const telemetry = openTelemetry();
    const inner = traced('inner', { telemetry })(() => 1);
    await traced('outer', { telemetry })(async () => {
      await Promise.resolve();
      inner();
    })();
    const [first, second] = spans.getFinishedSpans();
    expect([first?.name, second?.name]).toEqual(['inner', 'outer']);
    expect(first?.parentSpanContext?.spanId).toBe(second?.spanContext().spanId);
  });

  it('stands above every step of an iteration, and ends with it', async () => {
    const telemetry = openTelemetry();
    const inner = traced('inner', { telemetry })(() => 1);
    const outer = traced('outer', { telemetry })(async function* () {
      inner();
      yield 1;
      inner();
    });
    for await (const item of outer()) expect(item).toBe(1);
    const [first, second, third] = spans.getFinishedSpans();
    const id = third?.spanContext().spanId;
    expect(third?.name).toBe('outer');
    expect([first?.parentSpanContext?.spanId, second?.parentSpanContext?.spanId]).toEqual([id, id]);
  });

  it('has the labels, and fails with an error only', async () => {
    const telemetry = openTelemetry();
    const options = { telemetry, labels: { agent: 'x' } };
    const call = traced(
      'call',
      options,
    )((thrown: unknown) => {
      throw thrown;
    });
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const abort = new DOMException('stopped', 'AbortError');
    for (const thrown of [error, abort, 'a text']) {
      await expect(async () => call(thrown)).rejects.toBe(thrown);
    }
    const [failed, aborted, odd] = spans.getFinishedSpans();
    expect(failed?.attributes).toEqual({ agent: 'x', 'error.type': 'ECONNREFUSED' });
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'refused' });
    expect(failed?.events.map(({ name }) => name)).toEqual(['exception']);
    expect(aborted?.attributes).toEqual({ agent: 'x', 'chimera.outcome': 'aborted' });
    expect(aborted?.status.code).toBe(SpanStatusCode.UNSET);
    expect(odd?.attributes['error.type']).toBe('string');
  });

  it('is named by the exemplars of the registry beside it', async () => {
    const registry = new MetricsRegistry();
    const instruments = registryInstruments(registry);
    const { tracing } = openTelemetry();
    const clock = new VirtualClock();
    trackRequest('call', { telemetry: { instruments, tracing }, clock })(() => 1)();
    const [span] = spans.getFinishedSpans();
    const { traceId, spanId } = span?.spanContext() ?? {};
    const exemplars = (await samplesOf(registry)).flatMap(({ name, exemplar }) =>
      exemplar === undefined ? [] : [[name, exemplar.labels]],
    );
    expect(exemplars).toEqual([
      ['call_duration_seconds_bucket', { trace_id: traceId, span_id: spanId }],
      ['call_calls_total', { trace_id: traceId, span_id: spanId }],
    ]);
  });

  it('of nobody is none: without an SDK the call is as it was, and has no exemplar', async () => {
    trace.disable();
    metrics.disable();
    const registry = new MetricsRegistry();
    const { instruments, tracing } = openTelemetry();
    const both = bothInstruments(instruments, registryInstruments(registry));
    const call = trackRequest('call', { telemetry: { instruments: both, tracing } })(() => 1);
    expect(call()).toBe(1);
    expect((await samplesOf(registry)).some(({ exemplar }) => exemplar !== undefined)).toBe(false);
    expect(await points()).toEqual({});
  });
});

it('is one of two that each number goes to', async () => {
  const registry = new MetricsRegistry();
  const { instruments } = openTelemetry();
  const telemetry = { instruments: bothInstruments(instruments, registryInstruments(registry)) };
  trackRequest('call', { telemetry })(() => 1)();
  measureMemory('call', { telemetry, memory: () => 7 })(() => 1)();
  expect(await points()).toMatchObject({
    'call.duration[s]{}': 1,
    'call.calls[]{status=success}': 1,
    'call.memory.peak[By]{}': 7,
  });
  expect(await valuesOf(registry)).toMatchObject({
    call_duration_seconds_count: 1,
    'call_calls_total{status=success}': 1,
    call_memory_peak_bytes: 7,
  });
});
