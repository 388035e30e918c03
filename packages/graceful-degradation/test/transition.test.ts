import {
  degradationSettings,
  type DegradationState,
  limitsOf,
  type Signals,
} from '@chimera/graceful-degradation';
import { describe, expect, test } from 'vitest';
import { lastState, runWeather, steady } from './degradation-run.ts';

const settings = degradationSettings();
const calm = { memory: 0.5, cpu: 0.3 };

function after(...spells: readonly (readonly [signals: Signals, seconds: number])[]) {
  return lastState(
    runWeather(
      settings,
      spells.flatMap(([signals, seconds]) => steady(signals, seconds)),
    ),
  );
}

function limits(state: DegradationState, baseline = 10) {
  return limitsOf(state, baseline, settings);
}

describe('worsens', () => {
  test.each([
    { signals: { memory: 0.85, cpu: 0.3 }, mode: 'degraded', why: 'memory over 80 %' },
    { signals: { memory: 0.5, cpu: 0.9 }, mode: 'degraded', why: 'cpu over 85 %' },
    { signals: { memory: 0.92, cpu: 0.3 }, mode: 'survival', why: 'memory over 90 %' },
    { signals: { memory: 0.8, cpu: 0.85 }, mode: 'normal', why: 'at the lines, not over' },
    { signals: { memory: 0.5, cpu: 1 }, mode: 'degraded', why: 'cpu alone is never survival' },
    { signals: {}, mode: 'normal', why: 'nothing is known' },
    { signals: { memory: NaN, cpu: NaN }, mode: 'normal', why: 'nothing is known' },
    { signals: { memory: Infinity, cpu: 0.3 }, mode: 'normal', why: 'of a limit of 0' },
  ])('to $mode on $signals held for 10 s ($why)', ({ signals, mode }) => {
    expect(after([signals, 11]).mode).toBe(mode);
  });

  test('not before the line has been crossed for 10 s', () => {
    expect(after([{ memory: 0.85 }, 10]).mode).toBe('normal');
    expect(after([{ memory: 0.85 }, 11]).mode).toBe('degraded');
  });

  test('at once when memory is over 95 %, from any mode', () => {
    expect(after([calm, 5], [{ memory: 0.96, cpu: 0.3 }, 1]).mode).toBe('survival');
    expect(after([{ memory: 0.85 }, 11], [{ memory: 0.96 }, 1]).mode).toBe('survival');
  });

  test('on memory alone while the cpu signal is silent', () => {
    expect(after([calm, 5], [{ memory: 0.92 }, 30]).mode).toBe('survival');
  });

  test('and says why in words and numbers', () => {
    expect(after([{ memory: 0.5, cpu: 0.9 }, 11]).reason).toBe('cpu at 90 %, over 85 %');
    expect(after([{ memory: 0.96 }, 1]).reason).toBe('memory at 96 %, an emergency');
  });
});

describe('recovers', () => {
  const survival: readonly [Signals, number] = [{ memory: 0.92, cpu: 0.3 }, 11];

  test('one level at a time, each after 60 s under the lower lines', () => {
    expect(after(survival, [calm, 60]).mode).toBe('survival');
    expect(after(survival, [calm, 80]).mode).toBe('degraded');
    expect(after(survival, [calm, 120]).mode).toBe('degraded');
    expect(after(survival, [calm, 150]).mode).toBe('normal');
  });

  test('and says for how long all was clear, in seconds', () => {
    const calmly = steady(calm, 70).map((reading) => ({ ...reading, afterMs: 1_000.816326999966 }));
    const { mode, reason } = lastState(
      runWeather(settings, [...steady({ memory: 0.5, cpu: 0.9 }, 11), ...calmly]),
    );
    expect(mode).toBe('normal');
    expect(reason).toBe('clear for 61 s');
  });

  test('not between the lines', () => {
    expect(after(survival, [{ memory: 0.85, cpu: 0.3 }, 600]).mode).toBe('survival');
    expect(after(survival, [{ memory: 0.75, cpu: 0.3 }, 600]).mode).toBe('degraded');
    expect(after(survival, [{ memory: 0.5, cpu: 0.75 }, 600]).mode).toBe('degraded');
  });

  test('not while a signal that counted is silent, until it is forgotten', () => {
    expect(after(survival, [{ cpu: 0.3 }, 299]).mode).toBe('survival');
    expect(after(survival, [{ cpu: 0.3 }, 900]).mode).toBe('normal');
  });

  test('not on the strength of one look after a long pause', () => {
    const before = after(survival, [{ memory: 0.5, cpu: 0.3 }, 10]);
    const steps = runWeather(settings, [{ afterMs: 3_600_000, signals: calm }], before);
    expect(lastState(steps).mode).toBe('survival');
  });
});

describe('limits', () => {
  const degraded = after([{ memory: 0.85, cpu: 0.3 }, 11]);
  const survival = after([{ memory: 0.92, cpu: 0.3 }, 11]);

  test.each([
    { name: 'normal', state: after([calm, 1]), poolCap: 10, priorityFloor: 0, hedging: true },
    { name: 'degraded', state: degraded, poolCap: 5, priorityFloor: 5, hedging: false },
    { name: 'survival', state: survival, poolCap: 2, priorityFloor: 8, hedging: false },
  ])(
    'in $name: $poolCap slots, priority $priorityFloor and up',
    ({ state, poolCap, priorityFloor, hedging }) => {
      expect(limits(state)).toMatchObject({ poolCap, priorityFloor, hedging });
    },
  );

  test('a worse mode never allows more, down to a pool of one', () => {
    for (const baseline of [1, 2, 3, 4, 5, 10, 100]) {
      const caps = [after([calm, 1]), degraded, survival].map(
        (state) => limits(state, baseline).poolCap,
      );
      expect(caps).toEqual(caps.toSorted((one, other) => other - one));
      expect(Math.min(...caps)).toBeGreaterThanOrEqual(1);
    }
  });

  test('after a recovery one slot a minute comes back, up to the baseline', () => {
    const recovered = after([{ memory: 0.85, cpu: 0.3 }, 11], [calm, 70]);
    expect(recovered.mode).toBe('normal');
    const minutes = [0, 1, 2, 3, 4, 5, 6].map((count) =>
      limits(lastState(runWeather(settings, steady(calm, count * 60 + 1), recovered))),
    );
    expect(minutes.map(({ poolCap }) => poolCap)).toEqual([5, 6, 7, 8, 9, 10, 10]);
  });

  test('degraded again after all came back is half of the baseline, and no less', () => {
    const back = after([{ memory: 0.96 }, 1], [calm, 1_200]);
    expect([back.mode, limits(back).poolCap]).toEqual(['normal', 10]);
    const again = after([{ memory: 0.96 }, 1], [calm, 1_200], [{ memory: 0.85, cpu: 0.3 }, 40]);
    expect([again.mode, limits(again).poolCap]).toEqual(['degraded', 5]);
    // Before all came back it keeps what there is.
    const sooner = after([{ memory: 0.96 }, 1], [calm, 200], [{ memory: 0.85, cpu: 0.3 }, 40]);
    const before = after([{ memory: 0.96 }, 1], [calm, 200]);
    expect([before.mode, limits(before).poolCap]).toEqual(['normal', 4]);
    expect([sooner.mode, limits(sooner).poolCap]).toEqual(['degraded', 4]);
  });

  test('no slot comes back while memory is between the lines', () => {
    const recovered = after([{ memory: 0.85, cpu: 0.3 }, 11], [calm, 70]);
    const steps = runWeather(settings, steady({ memory: 0.75, cpu: 0.3 }, 600), recovered);
    expect(limits(lastState(steps)).poolCap).toBeLessThanOrEqual(6);
  });

  test('the dimmer falls from 1 to 0 between relief and survival', () => {
    const dimmers = [0.72, 0.81, 0.89].map((memory) => {
      const steps = runWeather(settings, steady({ memory, cpu: 0.3 }, 60), degraded);
      return limits(lastState(steps)).dimmer;
    });
    expect(dimmers[0]).toBeCloseTo(0.9, 2);
    expect(dimmers[1]).toBeCloseTo(0.45, 2);
    expect(dimmers[2]).toBeCloseTo(0.05, 2);
    expect(limits(survival).dimmer).toBe(0);
  });
});
