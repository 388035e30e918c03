import { RejectionError, TimeoutError, VirtualClock } from '@chimera/policy';
import {
  counted,
  installTelemetry,
  type Labels,
  measureMemory,
  MetricsRegistry,
  type OpenSpan,
  registryInstruments,
  type Telemetry,
  timed,
  traced,
  trackAdapterRequest,
  trackCacheOperation,
  trackErrors,
  trackRequest,
} from '@chimera/telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { valuesOf } from './scrape.ts';

class RefusedError extends RejectionError {
  readonly code = 'REFUSED';
}

/** A registry, what it holds besides empty buckets and zeros, and a clock. */
function world() {
  const registry = new MetricsRegistry();
  const clock = new VirtualClock();
  const telemetry: Telemetry = { instruments: registryInstruments(registry) };
  const values = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(await valuesOf(registry)).filter(
        ([name, value]) => value !== 0 && !name.includes('_bucket'),
      ),
    );
  return { registry, clock, telemetry, values };
}

/** What the call throws; fails when it throws nothing. */
function attempt(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function outcomes(thrown: unknown, ...args: unknown[]): Promise<Record<string, number>> {
  const { telemetry, values } = world();
  const call = trackRequest('call', { telemetry, clock: new VirtualClock() })(async (
    ..._given: unknown[]
  ) => {
    throw thrown;
  });
  await expect(call(...args)).rejects.toBe(thrown);
  const { call_duration_seconds_count: _, ...rest } = await values();
  return rest;
}

function counting(options: { readonly fails?: boolean } = {}) {
  const here = world();
  const numbers = trackRequest('numbers', { telemetry: here.telemetry, clock: here.clock })(
    async function* (_signal?: AbortSignal): AsyncGenerator<number, string> {
      yield 1;
      await here.clock.advance(1_000);
      if (options.fails === true) throw new TypeError('x');
      yield 2;
      return 'end';
    },
  );
  return { ...here, numbers };
}

const ended = (status: string, seconds: number) => ({
  numbers_duration_seconds_count: 1,
  ...(seconds === 0 ? {} : { numbers_duration_seconds_sum: seconds }),
  [`numbers_calls_total{status=${status}}`]: 1,
});

const errorOf = (name: string): Record<string, number> => ({
  'call_calls_total{status=error}': 1,
  [`call_errors_total{error_type=${name}}`]: 1,
});

const refuse = (): never => {
  throw new Error('not for you');
};

afterEach(() => {
  installTelemetry(undefined);
  vi.restoreAllMocks();
});

describe('names', () => {
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
});

describe('outcomes', () => {
  const aborted = { 'call_calls_total{status=aborted}': 1 };

  it('an AbortError is an abort', async () => {
    expect(await outcomes(new DOMException('stopped', 'AbortError'))).toEqual(aborted);
    const caused = Object.assign(new Error('x', { cause: 'left' }), { name: 'AbortError' });
    expect(await outcomes(caused)).toEqual(aborted);
  });

  it('the reason of an aborted signal among the arguments is an abort', async () => {
    const reason = new Error('user left');
    const signal = AbortSignal.abort(reason);
    expect(await outcomes(reason, 1, signal)).toEqual(aborted);
    expect(await outcomes(reason, { signal })).toEqual(aborted);
    expect(await outcomes('left', { signal: AbortSignal.abort('left') })).toEqual(aborted);
  });

  it('the same error without such a signal is an error', async () => {
    const error = { 'call_calls_total{status=error}': 1, 'call_errors_total{error_type=Error}': 1 };
    const reason = new Error('user left');
    expect(await outcomes(reason)).toEqual(error);
    expect(await outcomes(reason, AbortSignal.abort(new Error('other')))).toEqual(error);
    expect(await outcomes(reason, new AbortController().signal)).toEqual(error);
  });

  it('a timeout is an error, also behind an abort', async () => {
    const reason = new DOMException('too late', 'TimeoutError');
    expect(await outcomes(reason, AbortSignal.abort(reason))).toEqual(errorOf('TimeoutError'));
    const wrapped = Object.assign(new Error('x', { cause: reason }), {
      name: 'AbortError',
      code: 'ABORT_ERR',
    });
    expect(await outcomes(wrapped)).toEqual(errorOf('TimeoutError'));
    expect(await outcomes(new TimeoutError('timeout', 5))).toEqual(errorOf('TIMEOUT'));
  });

  it('a refusal by a policy is neither', async () => {
    expect(await outcomes(new RefusedError('no'))).toEqual({
      'call_calls_total{status=rejected}': 1,
    });
  });
});

describe('an iteration', () => {
  it('is measured until its end', async () => {
    const { clock, numbers, values } = counting();
    const iterator = numbers();
    const items: number[] = [];
    for await (const item of iterator) {
      items.push(item);
      expect(await values()).toEqual({});
      await clock.advance(500);
    }
    expect(items).toEqual([1, 2]);
    expect(await values()).toEqual(ended('success', 2));
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(await values()).toEqual(ended('success', 2));
  });

  it('is measured until it fails', async () => {
    const { numbers, values } = counting({ fails: true });
    await expect(collected(numbers())).rejects.toThrow(TypeError);
    expect(await values()).toEqual({
      ...ended('error', 1),
      'numbers_errors_total{error_type=TypeError}': 1,
    });
  });

  it('is measured until its consumer leaves', async () => {
    const { numbers, values } = counting();
    for await (const item of numbers()) if (item === 1) break;
    expect(await values()).toEqual(ended('success', 0));
  });

  it('is aborted when its consumer leaves because it gave up', async () => {
    const { numbers, values } = counting();
    for await (const item of numbers(AbortSignal.abort())) if (item === 1) break;
    expect(await values()).toEqual(ended('aborted', 0));
  });

  it('may be thrown into', async () => {
    const { numbers, values } = counting();
    const iterator = numbers();
    await iterator.next();
    await expect(iterator.throw(new DOMException('x', 'AbortError'))).rejects.toThrow('x');
    expect(await values()).toEqual(ended('aborted', 0));
  });

  it('stays the object that it was', async () => {
    const { numbers } = counting();
    const iterator = numbers();
    expect(Object.prototype.toString.call(iterator)).toBe('[object AsyncGenerator]');
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(Object.keys(iterator)).toEqual([]);
    await iterator.next();
    expect(await iterator.return('left')).toEqual({ done: true, value: 'left' });
  });

  it('of an iterable is measured once, however often it is handed out', async () => {
    const { clock, telemetry, values } = world();
    const source = new ReadableStream<number>({
      pull: async (controller) => {
        await clock.advance(1_000);
        controller.enqueue(1);
        controller.close();
      },
    });
    const open = trackRequest('open', { telemetry, clock })(() => source);
    expect(open()).toBe(source);
    expect(await values()).toEqual({});
    // Handed out again: measured until it is returned.
    open();
    expect(await collected(source)).toEqual([1]);
    expect(await values()).toEqual({
      open_duration_seconds_count: 2,
      open_duration_seconds_sum: 1,
      'open_calls_total{status=success}': 2,
    });
  });

  it('of an iterator that cannot be left, or yields no promises, is the same', async () => {
    const { telemetry, values } = world();
    const clock = new VirtualClock();
    const make = trackRequest('open', { telemetry, clock })(() => {
      let left = 2;
      return {
        next: () => ({ done: (left -= 1) < 0, value: left }),
        [Symbol.asyncIterator]() {
          return this;
        },
      } as unknown as AsyncIterableIterator<number>;
    });
    expect(await collected(make())).toEqual([1, 0]);
    for await (const item of make()) if (item === 1) break;
    expect(await values()).toEqual({
      open_duration_seconds_count: 2,
      'open_calls_total{status=success}': 2,
    });
  });

  it('of an object that cannot be covered is measured until it is returned', async () => {
    const { telemetry, values } = world();
    const clock = new VirtualClock();
    const frozen = Object.freeze({
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
    });
    const open = trackRequest('open', { telemetry, clock })(() => frozen);
    expect(await collected(open())).toEqual([1]);
    expect(await values()).toMatchObject({ 'open_calls_total{status=success}': 1 });
  });
});

describe('where measurements go', () => {
  it('is nowhere until something is installed, for wrappers made before too', async () => {
    const { telemetry, values } = world();
    const call = counted('call')(() => 1);
    call();
    installTelemetry(telemetry);
    call();
    expect(await values()).toEqual({ 'call_calls_total{status=success}': 1 });
    const other = world();
    installTelemetry(other.telemetry);
    call();
    installTelemetry(undefined);
    call();
    expect(await values()).toEqual({ 'call_calls_total{status=success}': 1 });
    expect(await other.values()).toEqual({ 'call_calls_total{status=success}': 1 });
  });

  it("is a wrapper's own when it has one", async () => {
    const [own, installed] = [world(), world()];
    installTelemetry(installed.telemetry);
    counted('call', { telemetry: own.telemetry })(() => 1)();
    expect(await own.values()).toEqual({ 'call_calls_total{status=success}': 1 });
    expect(await installed.values()).toEqual({});
  });
});

describe('what goes wrong in measuring', () => {
  const broken: Record<string, Telemetry> = {
    'an instrument that cannot be made': {
      instruments: {
        counter: () => {
          throw new Error('taken');
        },
        histogram: () => {
          throw new Error('taken');
        },
        gauge: () => {
          throw new Error('taken');
        },
      },
    },
    'an instrument that throws': {
      instruments: {
        counter: () => ({
          bind: () => ({
            add: () => {
              throw new Error('full');
            },
          }),
        }),
        histogram: () => ({ bind: () => ({ observe: () => {} }) }),
        gauge: () => ({ bind: () => ({ set: () => {} }) }),
      },
    },
    'a span that cannot be started': {
      tracing: {
        start: () => {
          throw new Error('no');
        },
      },
    },
    'a span that cannot be entered or ended': {
      tracing: {
        start: () => ({
          exemplar: undefined,
          run: () => {
            throw new Error('no');
          },
          end: () => {
            throw new Error('no');
          },
        }),
      },
    },
  };

  it.each(Object.keys(broken))('%s is printed once and does not reach the call', async (name) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const telemetry = broken[name] ?? {};
    const error = new Error('own');
    let calls = 0;
    const call = trackRequest('call', { telemetry })(async (fails: boolean) => {
      calls += 1;
      if (fails) throw error;
      return calls;
    });
    expect(await call(false)).toBe(1);
    await expect(call(true)).rejects.toBe(error);
    expect(calls).toBe(2);
    expect(print.mock.calls).toEqual([
      ['chimera: trackRequest call cannot measure', expect.any(Error)],
    ]);
  });

  it('does not come from results and errors that throw when they are looked at', async () => {
    const { telemetry, values } = world();
    const hostile: object = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: () => null });
    const call = trackRequest('call', { telemetry, clock: new VirtualClock() })((
      fails: boolean,
    ) => {
      if (fails) throw hostile;
      return hostile;
    });
    expect(Object.is(call(false), hostile)).toBe(true);
    expect(
      Object.is(
        attempt(() => call(true)),
        hostile,
      ),
    ).toBe(true);
    expect(await values()).toEqual({
      call_duration_seconds_count: 2,
      'call_calls_total{status=success}': 1,
      'call_calls_total{status=error}': 1,
      'call_errors_total{error_type=Error}': 1,
    });
  });

  it.each([
    [
      'memory',
      measureMemory('call', {
        memory: () => JSON.parse('') as number,
        telemetry: world().telemetry,
      }),
    ],
    [
      'isHit',
      trackCacheOperation('a', 'b', {
        isHit: () => JSON.parse('') as boolean,
        telemetry: world().telemetry,
      }),
    ],
  ])('%s is printed once and does not reach the call', (_, measure) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const call = measure(() => 1);
    expect([call(), call()]).toEqual([1, 1]);
    expect(print).toHaveBeenCalledOnce();
  });
});
