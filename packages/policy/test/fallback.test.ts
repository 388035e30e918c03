import { expect, expectTypeOf, test } from 'vitest';
import {
  Fallback,
  type FallbackEvent,
  type FallbackOptions,
  pipeline,
  type Policy,
  Timeout,
} from '@chimera/policy';

const failure = new Error('failed');
const fails = (): Promise<number> => Promise.reject(failure);

test('answers for an operation that failed, and keeps out of one that did not', async () => {
  const fallback = new Fallback({ to: (error) => ({ error }) });
  expect(await fallback.execute(() => 1)).toBe(1);
  expect(await fallback.execute(fails)).toEqual({ error: failure });
  const later = new Fallback({ to: (_, { attempt }) => Promise.resolve(attempt) });
  expect(await later.execute(fails)).toBe(1);
});

test('answers the errors it is meant for only', async () => {
  const fallback = new Fallback({ to: () => 'unknown', when: (error) => error !== failure });
  await expect(fallback.execute(fails)).rejects.toBe(failure);
  expect(await fallback.execute(() => Promise.reject(new Error('other')))).toBe('unknown');
});

test('a call that its caller aborted is not answered', async () => {
  let asked = 0;
  const fallback = new Fallback({ to: () => (asked += 1) });
  const controller = new AbortController();
  const result = fallback.execute(
    () => {
      controller.abort('enough');
      return fails();
    },
    { signal: controller.signal },
  );
  await expect(result).rejects.toBe('enough');
  expect(asked).toBe(0);
});

test('what the fallback throws is the result', async () => {
  const thrown = new Error('no answer either');
  const fallback = new Fallback({
    to: () => {
      throw thrown;
    },
  });
  await expect(fallback.execute(fails)).rejects.toBe(thrown);
});

test('tells its listeners', async () => {
  const events: FallbackEvent[] = [];
  const fallback = new Fallback({ to: () => 0 }, { onEvent: (event) => events.push(event) });
  const stop = fallback.subscribe((event) => events.push(event));
  await fallback.execute(fails);
  stop();
  await fallback.execute(() => 1);
  const event = { type: 'fell-back', policy: 'fallback', error: failure };
  expect(events).toEqual([event, event]);
});

test('the types say what may be answered, through pipelines too', () => {
  const fallback = new Fallback({ to: () => 'unknown' as const });
  const timeout = new Timeout({ after: '1s' });
  expectTypeOf(fallback.execute(fails)).resolves.toEqualTypeOf<number | 'unknown'>();
  const inner = pipeline(timeout, fallback);
  expectTypeOf(inner).toEqualTypeOf<Policy<'unknown'>>();
  expectTypeOf(pipeline(inner, new Fallback({ to: () => null }))).toEqualTypeOf<
    Policy<'unknown' | null>
  >();
  expectTypeOf(pipeline(timeout, pipeline())).toEqualTypeOf<Policy>();
  expectTypeOf(timeout.execute(() => 1)).resolves.toEqualTypeOf<number>();
});

test.each([
  [{ to: 'unknown' }, 'to must be a function, got "unknown"'],
  [{}, 'to must be a function, got undefined'],
  [{ to: () => 0, when: 'TIMEOUT' }, 'when must be a function, got "TIMEOUT"'],
])('refuses %o before a call has failed, not in place of its error', (options, message) => {
  const make = () => new Fallback(options as FallbackOptions<unknown>);
  expect(make).toThrow(new RangeError(`fallback: ${message}`));
});
