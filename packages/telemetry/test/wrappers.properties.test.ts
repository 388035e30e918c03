import { RejectionError, VirtualClock } from '@chimera/policy';
import {
  counted,
  type Measure,
  measureMemory,
  MetricsRegistry,
  type OpenSpan,
  registryInstruments,
  timed,
  traced,
  trackAdapterRequest,
  trackCacheOperation,
  trackErrors,
  trackRequest,
  type WrapperOptions,
} from '@chimera/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from './scrape.ts';

class RefusedError extends RejectionError {
  readonly code = 'REFUSED';
}

const wrappers: Record<string, (options: WrapperOptions) => Measure> = {
  timed: (options) => timed('call', options),
  counted: (options) => counted('call', options),
  trackErrors: (options) => trackErrors('call', options),
  traced: (options) => traced('call', options),
  trackRequest: (options) => trackRequest('call', options),
  trackAdapterRequest: (options) => trackAdapterRequest('call', options),
  trackCacheOperation: (options) => trackCacheOperation('call', 'get', options),
  measureMemory: (options) => measureMemory('call', { ...options, memory: () => 1 }),
};

function world() {
  const registry = new MetricsRegistry();
  const spans = { open: 0, started: 0 };
  const tracing = {
    start: (): OpenSpan => {
      spans.open += 1;
      spans.started += 1;
      return { exemplar: undefined, run: (body) => body(), end: () => void (spans.open -= 1) };
    },
  };
  const clock = new VirtualClock();
  const telemetry = { instruments: registryInstruments(registry), tracing };
  return { registry, spans, clock, options: { telemetry, clock } };
}

const thrown: fc.Arbitrary<unknown> = fc.oneof(
  fc.string().map((message) => new Error(message)),
  fc.constant(new DOMException('x', 'AbortError')),
  fc.constant(new DOMException('x', 'TimeoutError')),
  fc.constant(new RefusedError('no')),
  fc.anything(),
);
/** What a function does: at once or later, with what. */
const behaviour = fc.record({
  isAsync: fc.boolean(),
  throws: fc.boolean(),
  value: fc.oneof(fc.anything({ withNullPrototype: true }), thrown),
});
type Behaviour = typeof behaviour extends fc.Arbitrary<infer Value> ? Value : never;

function behaving({ isAsync, throws, value }: Behaviour): () => unknown {
  if (isAsync) return async () => (throws ? Promise.reject(value) : Promise.resolve(value));
  return () => {
    if (throws) throw value;
    return value;
  };
}

function isAbort(value: unknown): boolean {
  return value instanceof DOMException && value.name === 'AbortError';
}

/** How a call goes on the outside, step by step. */
async function seen(call: () => unknown): Promise<readonly unknown[]> {
  try {
    const result = call();
    if (!(result instanceof Promise)) return ['returned', result];
    return await result.then(
      (value: unknown) => ['resolved', value],
      (error: unknown) => ['rejected', error],
    );
  } catch (error) {
    return ['threw', error];
  }
}

describe.each(Object.entries(wrappers))('%s', (_, wrapper) => {
  it('changes neither how a call ends nor with what', async () => {
    await fc.assert(
      fc.asyncProperty(behaviour, async (how) => {
        const fn = behaving(how);
        const [bare, wrapped] = [await seen(fn), await seen(wrapper(world().options)(fn))];
        expect(wrapped[0]).toBe(bare[0]);
        expect(Object.is(wrapped[1], bare[1])).toBe(true);
      }),
    );
  });

  it('hands on this, the arguments, the name and the length', () => {
    fc.assert(
      fc.property(
        fc.object(),
        fc.array(fc.anything()),
        fc.string(),
        fc.nat(10),
        (self, args, name, length) => {
          const calls: unknown[] = [];
          const fn = function fn(this: unknown, ...given: unknown[]): void {
            calls.push(this, ...given);
          };
          Object.defineProperty(fn, 'name', { value: name });
          Object.defineProperty(fn, 'length', { value: length });
          const wrapped = wrapper(world().options)(fn);
          wrapped.apply(self, args);
          expect(calls.length).toBe(args.length + 1);
          expect([self, ...args].every((value, index) => Object.is(value, calls[index]))).toBe(
            true,
          );
          expect([wrapped.name, wrapped.length]).toEqual([name, length]);
        },
      ),
    );
  });

  it('yields the same items in the same order, and ends as the iteration does', async () => {
    const item = fc.oneof(fc.integer(), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(
        fc.array(item),
        fc.option(thrown, { nil: undefined }),
        fc.nat(10),
        async (items, error, taken) => {
          const numbers = async function* (): AsyncGenerator<number | undefined, string> {
            yield* items;
            if (error !== undefined) throw error;
            return 'end';
          };
          const take = async (iterator: AsyncGenerator<number | undefined, string>) => {
            const seen: unknown[] = [];
            try {
              for (let step = 0; step < taken; step += 1) seen.push(await iterator.next());
              seen.push(await iterator.return('left'));
            } catch (caught) {
              seen.push(caught);
            }
            return seen;
          };
          const { options, spans } = world();
          const bare = await take(numbers());
          const wrapped = await take(wrapper(options)(numbers)());
          expect(wrapped).toEqual(bare);
          expect(Object.is(wrapped.at(-1), bare.at(-1)) || typeof bare.at(-1) === 'object').toBe(
            true,
          );
          expect(spans.open).toBe(0);
        },
      ),
    );
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    const unhandled: unknown[] = [];
    const before = process.rawListeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const error = new Error('nobody cares');
    void wrapper(world().options)(() => Promise.reject(error))();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    for (const listener of before) process.on('unhandledRejection', listener as () => void);
    expect(unhandled).toEqual([error]);
  });

  it('takes no time of its own: what is synchronous stays so, a promise takes a microtask more', async () => {
    const order: string[] = [];
    const wrap = wrapper(world().options);
    wrap(() => order.push('called'))();
    order.push('after the call');
    const pending = wrap(() => Promise.resolve())().then(() => order.push('settled'));
    await Promise.resolve()
      .then(() => {})
      .then(() => order.push('third microtask'));
    await pending;
    expect(order).toEqual(['called', 'after the call', 'settled', 'third microtask']);
  });
});

it('every call that ends is counted once, by one status, and only errors as errors', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(behaviour), async (calls) => {
      const { options, registry, spans } = world();
      const call = trackRequest('call', options)((how: Behaviour) => behaving(how)());
      const endings: string[] = [];
      for (const how of calls) {
        const [ending] = await seen(() => call(how));
        endings.push(String(ending));
      }
      const values = await valuesOf(registry);
      const sum = (form: RegExp) =>
        Object.entries(values).reduce(
          (total, [name, value]) => total + (form.test(name) ? value : 0),
          0,
        );
      const failures = endings.filter(
        (ending) => ending === 'threw' || ending === 'rejected',
      ).length;
      const expected = calls.filter(({ throws }) => throws).map(({ value }) => value);
      expect(failures).toBe(expected.length);
      expect(sum(/^call_calls_total/)).toBe(calls.length);
      expect(sum(/^call_duration_seconds_count/)).toBe(calls.length);
      expect(sum(/status=success/)).toBe(calls.length - failures);
      expect(sum(/status=aborted/)).toBe(expected.filter(isAbort).length);
      expect(sum(/status=rejected/)).toBe(
        expected.filter((value) => value instanceof RefusedError).length,
      );
      expect(sum(/^call_errors_total/)).toBe(sum(/status=error/));
      expect(spans).toEqual({ open: 0, started: calls.length });
    }),
  );
});
