import { degradationSettings, limitsOf, type Mode } from '@chimera/graceful-degradation';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastState, type Observed, runWeather, steady, weather } from './degradation-run.ts';

const settings = degradationSettings();
const severity: Record<Mode, number> = { normal: 0, degraded: 1, survival: 2 };
const rise = ({ before, after }: Observed) => severity[after.mode] - severity[before.mode];
const flips = (steps: readonly Observed[]) => steps.filter((step) => rise(step) !== 0);

test('recovers one level at a time', () => {
  fc.assert(
    fc.property(weather, (readings) => {
      const changes = flips(runWeather(settings, readings));
      expect(changes.filter((step) => rise(step) < -1)).toEqual([]);
    }),
  );
});

/** Random readings in the hardest law; `pnpm run campaign` takes ten times as many. */
const steps = Number(process.env['CHIMERA_STEPS'] ?? 100_000);

test('no hour sees more than 3600 / dwell changes of mode, whatever the signals', () => {
  const quick = { holdMs: 0, clearMs: 0, smoothingMs: 0 };
  const dwells = fc.constantFrom(20_000, 60_000, 300_000, 900_000);
  let done = 0;
  for (;;) {
    fc.assert(
      fc.property(weather, dwells, (readings, dwellMs) => {
        const run = runWeather(degradationSettings({ ...quick, dwellMs }), readings);
        done += run.length;
        const changes = flips(run).map(({ at }) => at);
        const busiest = changes.map(
          (from) => changes.filter((at) => at >= from && at <= from + 3_600_000).length,
        );
        expect(Math.max(0, ...busiest)).toBeLessThanOrEqual(3_600_000 / dwellMs);
      }),
      { numRuns: 20 },
    );
    if (done >= steps) break;
  }
}, 300_000);

test('an adversary that flips the signals the moment it pays stays under 3600 / dwell', () => {
  const eager = degradationSettings({ holdMs: 0, clearMs: 0, smoothingMs: 0 });
  let state = lastState([]);
  const changes: number[] = [];
  for (let at = 0; at < 4 * 3_600_000; at += 1_000) {
    // Always asks for the next change: up while it can, down as soon as nothing is left above.
    const memory = { normal: 0.85, degraded: at % 2_000 === 0 ? 0.97 : 0.1, survival: 0.1 };
    const readings = [{ afterMs: 1_000, signals: { memory: memory[state.mode], cpu: 0 } }];
    const [step] = runWeather(eager, readings, state);
    if (step !== undefined && rise(step) !== 0) changes.push(step.at);
    state = step?.after ?? state;
  }
  expect(changes.length).toBeGreaterThan(100);
  for (const from of changes) {
    const inHour = changes.filter((at) => at >= from && at <= from + 3_600_000);
    expect(inHour.length).toBeLessThanOrEqual(60);
  }
});

test('healthy for long enough gives the whole baseline back', () => {
  fc.assert(
    fc.property(weather, fc.integer({ min: 1, max: 20 }), (readings, baseline) => {
      const end = lastState(runWeather(settings, readings));
      const calm = steady({ memory: 0.3, cpu: 0.3 }, 450 + 60 * baseline);
      const healed = lastState(runWeather(settings, calm, end));
      expect(limitsOf(healed, baseline, settings).poolCap).toBe(baseline);
    }),
    { numRuns: 50 },
  );
});

test('the cap is within 1 and the baseline, and grows by at most one slot a minute', () => {
  fc.assert(
    fc.property(weather, fc.integer({ min: 1, max: 20 }), (readings, baseline) => {
      const steps = runWeather(settings, readings);
      const caps = steps.map(({ after }) => limitsOf(after, baseline, settings).poolCap);
      const broken = caps.filter((cap, index) => {
        const before = caps[index - 1] ?? baseline;
        return cap < 1 || cap > baseline || cap > before + 1;
      });
      expect(broken).toEqual([]);
    }),
  );
});

test('readings without a known value leave mode and limits as they are', () => {
  const unknown = fc.constantFrom({}, { memory: NaN }, { memory: undefined, cpu: -1 });
  fc.assert(
    fc.property(weather, fc.array(unknown, { maxLength: 100 }), (readings, silence) => {
      const before = lastState(runWeather(settings, readings));
      fc.pre(before.smoothed.memory !== undefined && before.smoothed.cpu !== undefined);
      const blind = silence.map((signals) => ({ afterMs: 1_000, signals }));
      const steps = runWeather(settings, blind, before);
      const changed = steps.filter(
        ({ after }) => after.mode !== before.mode || after.slotsBack !== before.slotsBack,
      );
      expect(changed).toEqual([]);
    }),
  );
});
