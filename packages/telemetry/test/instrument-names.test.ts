import { TimeoutError, VirtualClock } from '@chimera/policy';
import {
  counted,
  type Labels,
  measureMemory,
  type OpenSpan,
  timed,
  traced,
  trackAdapterRequest,
  trackCacheOperation,
  trackErrors,
  trackRequest,
} from '@chimera/telemetry';
import { expect, it } from 'vitest';
import { attempt, world } from './measured-world.ts';
import { valuesOf } from './scrape.ts';

it('timed: NAME.duration', async () => {
  const { clock, telemetry, values } = world();
  await timed('report.render', { telemetry, clock })(() => clock.advance(2_500))();
  expect(await values()).toEqual({
    report_render_duration_seconds_count: 1,
    report_render_duration_seconds_sum: 2.5,
  });
});

it('counted: NAME.calls by status, each seen before it happens', async () => {
  const { registry, telemetry } = world();
  const call = counted('report.render', { telemetry, increment: 3 })(() => 1);
  call();
  call();
  expect(await valuesOf(registry)).toEqual({
    'report_render_calls_total{status=success}': 6,
    'report_render_calls_total{status=error}': 0,
    'report_render_calls_total{status=aborted}': 0,
    'report_render_calls_total{status=rejected}': 0,
  });
});

it('trackErrors: NAME.errors by type', async () => {
  const { telemetry, values } = world();
  const call = trackErrors('report', { telemetry })((error?: unknown) => {
    if (error !== undefined) throw error;
  });
  call();
  class HttpError extends Error {}
  const thrown = [
    new TypeError('x'),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    Object.assign(new TypeError('x'), { code: 'task 17 failed' }),
    new HttpError('x'),
    new TimeoutError('timeout', 5),
    { name: 'not a name' },
    Object.create(null),
    'text',
    17n,
    null,
  ];
  for (const error of thrown) attempt(() => call(error));
  expect(await values()).toEqual({
    'report_errors_total{error_type=TypeError}': 2,
    'report_errors_total{error_type=ECONNREFUSED}': 1,
    'report_errors_total{error_type=HttpError}': 1,
    'report_errors_total{error_type=TIMEOUT}': 1,
    'report_errors_total{error_type=Error}': 2,
    'report_errors_total{error_type=string}': 1,
    'report_errors_total{error_type=bigint}': 1,
    'report_errors_total{error_type=object}': 1,
  });
});

it('trackErrors tells no more than 100 types apart', async () => {
  const { telemetry, values } = world();
  const call = trackErrors('report', { telemetry })((code: string) => {
    throw Object.assign(new Error('x'), { code });
  });
  for (let code = 0; code < 150; code += 1) attempt(() => call(`E${code}`));
  attempt(() => call('E0'));
  const shown = await values();
  expect(Object.keys(shown)).toHaveLength(101);
  expect(shown['report_errors_total{error_type=other}']).toBe(50);
  expect(shown['report_errors_total{error_type=E0}']).toBe(2);
});

it('trackAdapterRequest: adapter.NAME.*, and the span adapter.NAME.request', async () => {
  const { telemetry, values } = world();
  const started: string[] = [];
  const tracing = {
    start: (name: string): OpenSpan => {
      started.push(name);
      return { exemplar: undefined, run: (body) => body(), end: () => {} };
    },
  };
  const clock = new VirtualClock();
  const options = { telemetry: { ...telemetry, tracing }, clock };
  const call = trackAdapterRequest(
    'billing-api',
    options,
  )(async (fails: boolean) => {
    if (fails) throw new TypeError('x');
  });
  await call(false);
  await expect(call(true)).rejects.toThrow('x');
  expect(started).toEqual(['adapter.billing-api.request', 'adapter.billing-api.request']);
  expect(await values()).toEqual({
    adapter_billing_api_duration_seconds_count: 2,
    'adapter_billing_api_calls_total{status=success}': 1,
    'adapter_billing_api_calls_total{status=error}': 1,
    'adapter_billing_api_errors_total{error_type=TypeError}': 1,
  });
});

it('trackCacheOperation: cache.LAYER.OPERATION.*, and hits and misses of get', async () => {
  const { telemetry, values } = world();
  const options = { telemetry, clock: new VirtualClock() };
  const get = trackCacheOperation('memory', 'get', options)((value: unknown) => value);
  for (const value of [1, 0, '', false, undefined, null]) get(value);
  trackCacheOperation('memory', 'set', options)(() => undefined)();
  const has = trackCacheOperation('disk', 'has', {
    ...options,
    isHit: (result) => result === true,
  });
  await has(async () => true)();
  await has(async () => false)();
  expect(await values()).toEqual({
    cache_memory_get_duration_seconds_count: 6,
    'cache_memory_get_calls_total{status=success}': 6,
    cache_memory_hits_total: 4,
    cache_memory_misses_total: 2,
    cache_memory_set_duration_seconds_count: 1,
    'cache_memory_set_calls_total{status=success}': 1,
    cache_disk_has_duration_seconds_count: 2,
    'cache_disk_has_calls_total{status=success}': 2,
    cache_disk_hits_total: 1,
    cache_disk_misses_total: 1,
  });
});

it('measureMemory: NAME.memory.peak, read at both ends and every 100 ms in between', async () => {
  const { clock, telemetry, values } = world();
  let bytes = 10;
  const memory = () => bytes;
  const call = measureMemory('parse', { telemetry, clock, memory })(async () => {
    bytes = 20;
    await clock.advance(150);
    bytes = 15;
    await clock.advance(60);
  });
  await call();
  expect(await values()).toEqual({ parse_memory_peak_bytes: 20 });
  await call();
  expect(await values()).toEqual({ parse_memory_peak_bytes: 20 });
  measureMemory('parse', { telemetry, clock, memory })(() => (bytes = 5))();
  expect(await values()).toEqual({ parse_memory_peak_bytes: 15 });
  // No timer is left, and none kept the process alive.
  expect(clock.nextTimerAt).toBeUndefined();
});

it('measureMemory looks as often as it is told, and keeps no process alive', async () => {
  const { clock, telemetry } = world();
  let reads = 0;
  const memory = () => (reads += 1);
  const pending: number[] = [];
  await measureMemory('parse', { telemetry, clock, memory, sampleEvery: '1s' })(async () => {
    await clock.advance(2_500);
    pending.push(clock.pendingTimers);
  })();
  await clock.advance(10_000);
  expect(reads).toBe(4);
  expect(pending).toEqual([0]);
});

it('have labels of their own', async () => {
  const { telemetry, values } = world();
  const labels: Labels = { 'adapter.name': 'billing' };
  trackRequest('adapter', { telemetry, labels, clock: new VirtualClock() })(() => 1)();
  expect(await values()).toEqual({
    'adapter_duration_seconds_count{adapter_name=billing}': 1,
    'adapter_calls_total{adapter_name=billing,status=success}': 1,
  });
});

it.each([
  [() => timed('9'), 'timed: name'],
  [() => timed(''), 'timed: name'],
  [() => traced('a b'), 'traced: name'],
  [() => trackAdapterRequest('a\nb'), 'trackAdapterRequest: adapter'],
  [() => trackCacheOperation('memory', ''), 'trackCacheOperation: operation'],
  [() => trackErrors('a'.repeat(201)), 'trackErrors: name'],
])('that no reader takes are refused at once: %s', (make, subject) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(
    `${subject} must be letters, digits, _ . / and -, beginning with a letter, got "`,
  );
});

it('refuse identifiers, and numbers that count nothing', () => {
  expect(() => timed('x', { labels: { 'task.id': '17' } })).toThrow(
    new RangeError(
      'timed: labels must be no identifiers (put them into an exemplar), got "task_id"',
    ),
  );
  expect(() => counted('x', { increment: -1 })).toThrow(
    new RangeError('counted: increment must be a number >= 0, got -1'),
  );
  expect(() => measureMemory('x', { memory: () => 1, sampleEvery: 0 })).toThrow(RangeError);
});
