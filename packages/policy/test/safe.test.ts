import { expect, expectTypeOf, test } from 'vitest';
import {
  type Call,
  type Decision,
  Fallback,
  type Next,
  type Outcome,
  pipeline,
  type Policy,
  safe,
  Timeout,
  VirtualClock,
} from '@chimera/policy';

/** Tries once more after `delayMs`, and notes it as a retry would. */
const onceMore = (clock: VirtualClock, delayMs: number): Policy => {
  const run = async <T>(call: Call<T>, next: Next): Promise<T> => {
    try {
      return await next(call);
    } catch (error) {
      const reason = String(error);
      call.trail?.push({ policy: 'retry', action: 'wait', reason, delayMs });
      await new Promise<void>((resolve) => clock.setTimer(resolve, delayMs));
      return next(call.child(2)).catch((again: unknown) => {
        call.trail?.push({ policy: 'retry', action: 'stop', reason: 'no retry left' });
        throw again;
      });
    }
  };
  return { run, execute: () => Promise.reject(new Error('not used')) };
};

const never = () => new Promise<never>(() => {});

const fails = (): Promise<number> => Promise.reject(new Error('failed'));

test('a result, with nothing decided', async () => {
  const outcome = await safe(pipeline(), () => 7);
  expect(outcome).toEqual({
    ok: true,
    value: 7,
    report: { attempts: 1, waitedMs: 0, decisions: [], decidedBy: 'operation', reason: 'returned' },
  });
});

test('an error, with nothing decided', async () => {
  expect(await safe(pipeline(), fails)).toMatchObject({
    ok: false,
    error: { message: 'failed' },
    report: { attempts: 1, decidedBy: 'operation', reason: 'failed' },
  });
  const thrown = await safe(pipeline(), () => {
    throw new Error('thrown');
  });
  expect(thrown).toMatchObject({ ok: false, error: { message: 'thrown' } });
});

test.each([
  [new Error('down'), 'max-retries: Error: down'],
  // Not everything that is thrown can become text.
  [Object.create(null) as unknown, 'max-retries: object'],
  [Object.assign(new Error('down'), { name: Symbol('down') }), 'max-retries: object'],
  [undefined, 'max-retries'],
])('the last word names the error that it was spoken on: %#', async (error, reason) => {
  const stops: Policy = {
    run: (call) => {
      call.trail?.push({ policy: 'retry', action: 'stop', reason: 'max-retries', error });
      return fails() as Promise<never>;
    },
    execute: () => Promise.reject(new Error('not used')),
  };
  const { report } = await safe(stops, () => 1);
  expect(report.reason).toBe(reason);
  expect(report.decisions[0]).toMatchObject({ reason: 'max-retries', error });
});

test('counts the attempts and the waits', async () => {
  const clock = new VirtualClock();
  const failing = safe(onceMore(clock, 250), fails);
  const recovering = safe(onceMore(clock, 250), ({ attempt }) => (attempt === 1 ? fails() : 7));
  await clock.advance(250);
  const wait: Decision = { policy: 'retry', action: 'wait', reason: 'Error: failed', delayMs: 250 };
  expect((await failing).report).toEqual({
    attempts: 2,
    waitedMs: 250,
    decisions: [wait, { policy: 'retry', action: 'stop', reason: 'no retry left' }],
    decidedBy: 'retry',
    reason: 'no retry left',
  });
  expect(await recovering).toMatchObject({
    ok: true,
    value: 7,
    report: { attempts: 2, waitedMs: 250, decisions: [wait], decidedBy: 'operation' },
  });
});

test('a timeout has the last word when it strikes, and not when it was overcome', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100, name: 'attempt' }, { clock });
  const struck = safe(timeout, never);
  const overcome = safe(pipeline(onceMore(clock, 10), timeout), ({ attempt }) =>
    attempt === 1 ? never() : 7,
  );
  await clock.advance(200);
  expect(await struck).toMatchObject({
    ok: false,
    error: { code: 'TIMEOUT' },
    report: { decidedBy: 'attempt', reason: 'attempt: no result within 100 ms' },
  });
  expect(await overcome).toMatchObject({
    ok: true,
    report: {
      attempts: 2,
      decidedBy: 'operation',
      decisions: [{ action: 'timeout' }, { action: 'wait' }],
    },
  });
});

test('a late result that a cooperative timeout passed on is the operation’s', async () => {
  const clock = new VirtualClock();
  const timeout = new Timeout({ after: 100, mode: 'cooperative' }, { clock });
  const outcome = safe(
    timeout,
    () => new Promise<string>((resolve) => clock.setTimer(() => resolve('late'), 150)),
  );
  await clock.advance(150);
  expect(await outcome).toMatchObject({
    ok: true,
    value: 'late',
    report: { decidedBy: 'operation', decisions: [{ action: 'timeout' }] },
  });
});

test('a fallback has the last word', async () => {
  const fallback = new Fallback({ to: () => 'unknown' as const, name: 'cached' });
  const outcome = await safe(fallback, fails);
  expectTypeOf(outcome).toEqualTypeOf<Outcome<number | 'unknown'>>();
  expect(outcome).toMatchObject({
    ok: true,
    value: 'unknown',
    report: { attempts: 1, decidedBy: 'cached', reason: 'Error: failed' },
  });
});

test('a fallback answers for what cannot become text too', async () => {
  const fallback = new Fallback({ to: () => 'unknown' });
  const outcome = await safe(fallback, () => Promise.reject(Object.create(null)));
  expect(outcome).toMatchObject({ ok: true, value: 'unknown', report: { reason: 'object' } });
});

test('an abort is the caller’s, also when it comes before the call', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const clock = new VirtualClock();
  const outcome = safe(new Timeout({ after: 100 }, { clock }), () => new Promise(() => {}), {
    signal,
  });
  controller.abort('enough');
  expect(await outcome).toMatchObject({
    ok: false,
    error: 'enough',
    report: { attempts: 1, decidedBy: 'caller', reason: 'aborted' },
  });
  expect(await safe(pipeline(), fails, { signal })).toMatchObject({
    ok: false,
    error: 'enough',
    report: { attempts: 0, decidedBy: 'caller' },
  });
});

test('the report does not change after the call has settled', async () => {
  let trail: Decision[] | undefined;
  const noter: Policy = {
    execute: () => Promise.reject(new Error('not used')),
    run: (call, next) => {
      trail = call.trail;
      return next(call);
    },
  };
  const { report } = await safe(noter, () => 7);
  trail?.push({ policy: 'late', action: 'stop', reason: 'too late' });
  expect(trail).toHaveLength(1);
  expect(report.decisions).toEqual([]);
});

test('other calls keep no record', async () => {
  const trails: unknown[] = [];
  const noter = pipeline({
    execute: () => Promise.reject(new Error('not used')),
    run: (call, next) => {
      trails.push(call.trail);
      return next(call);
    },
  });
  await noter.execute(() => 7);
  await safe(noter, () => 7);
  expect(trails).toEqual([undefined, []]);
});
