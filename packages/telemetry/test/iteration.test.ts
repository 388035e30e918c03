import { VirtualClock } from '@chimera/policy';
import { measureMemory, trackRequest } from '@chimera/telemetry';
import { describe, expect, it } from 'vitest';
import { world } from './measured-world.ts';

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
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

  it('that nobody begins looks at no memory, for however long', async () => {
    const { clock, telemetry, values } = world();
    let looks = 0;
    const memory = () => (looks += 1);
    const numbers = measureMemory('numbers', { telemetry, clock, memory })(async function* () {
      await clock.advance(250);
      yield 1;
    });
    numbers();
    await clock.advance(60_000);
    // The one at its begin.
    expect(looks).toBe(1);
    expect(await collected(numbers())).toEqual([1]);
    // Of the second call: at its begin, twice on the way, and at its end.
    expect(await values()).toEqual({ numbers_memory_peak_bytes: 5 });
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

  it('is measured by each of several wrappers', async () => {
    const { clock, telemetry, values } = world();
    const options = { telemetry, clock };
    const numbers = trackRequest(
      'outer',
      options,
    )(
      trackRequest(
        'inner',
        options,
      )(async function* () {
        yield 1;
        await clock.advance(1_000);
      }),
    );
    const stream = trackRequest(
      'outer',
      options,
    )(trackRequest('inner', options)(() => ({ [Symbol.asyncIterator]: () => numbers() })));
    expect(await collected(stream())).toEqual([1]);
    expect(await values()).toEqual({
      inner_duration_seconds_count: 2,
      inner_duration_seconds_sum: 2,
      'inner_calls_total{status=success}': 2,
      outer_duration_seconds_count: 2,
      outer_duration_seconds_sum: 2,
      'outer_calls_total{status=success}': 2,
    });
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
