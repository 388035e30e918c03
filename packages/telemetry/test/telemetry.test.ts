import { VirtualClock } from '@chimera/policy';
import {
  counted,
  installTelemetry,
  measureMemory,
  type Telemetry,
  trackCacheOperation,
  trackRequest,
} from '@chimera/telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { attempt, world } from './measured-world.ts';

const refuse = (): never => {
  throw new Error('not for you');
};

afterEach(() => {
  installTelemetry(undefined);
  vi.restoreAllMocks();
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
