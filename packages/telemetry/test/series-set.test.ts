import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '@chimera/policy';
import { MetricsRegistry } from '../src/index.ts';

const labels = ['agent', 'outcome'] as const;

describe('binding the same labels again', () => {
  const value = fc.constantFrom(
    'a',
    'b',
    'other',
    '',
    '\ud800',
    '\ufffd',
    'x'.repeat(201),
    'x'.repeat(202),
  );

  test('gives the series of the same text, however often and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 40 }), (pairs) => {
        const clock = new VirtualClock();
        const registry = new MetricsRegistry({ maxSeries: 6 }, { clock });
        const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.', labels });
        const byText = new Map<string, unknown>();
        for (const [agent, outcome] of pairs) {
          const series = counter.bind({ agent, outcome });
          expect(byText.get(series.labels) ?? series).toBe(series);
          byText.set(series.labels, series);
          expect(counter.bind({ outcome, agent })).toBe(series);
        }
        expect(byText.size).toBeLessThanOrEqual(7);
      }),
    );
  });

  test('refuses wrong ones also after right ones', () => {
    const registry = new MetricsRegistry({}, { clock: new VirtualClock() });
    const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.', labels });
    counter.bind({ agent: 'a', outcome: '' });
    for (const wrong of [
      { agent: 'a' },
      { agent: 'a', other: '' },
      { agent: 'a', outcome: '', more: 'b' },
    ]) {
      expect(() => counter.bind(wrong as unknown as { agent: string; outcome: string })).toThrow(
        RangeError,
      );
    }
  });
});

test('an exemplar may be made when it is shown, and not before', async () => {
  const registry = new MetricsRegistry({}, { clock: new VirtualClock() });
  const made: string[] = [];
  const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.' }).bind();
  for (const id of ['first', 'last']) {
    counter.add(1, () => {
      made.push(id);
      return { trace_id: id };
    });
  }
  expect(made).toEqual([]);
  let text = '';
  for await (const chunk of registry.expose({ format: 'openmetrics' })) text += chunk;
  expect(text).toContain('# {trace_id="last"}');
  expect(made).toEqual(['last']);
});
