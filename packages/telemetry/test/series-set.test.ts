import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '@chimera/policy';
import { MetricsRegistry } from '../src/index.ts';
import { scrape } from './scrape.ts';

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

function exemplars() {
  const registry = new MetricsRegistry({}, { clock: new VirtualClock() });
  const made: string[] = [];
  const exemplarOf = (trace_id: string) => {
    made.push(trace_id);
    return { trace_id };
  };
  return { registry, made, exemplarOf };
}

describe('an exemplar', () => {
  test('is made for the first value since it was last shown, and for no other', async () => {
    const { exemplarOf, made, registry } = exemplars();
    const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.' }).bind();
    for (const id of ['first', 'second']) counter.add(2, exemplarOf, id);
    expect(await scrape(registry)).toContain('# {trace_id="first"} 2');
    // Nothing came since: it is the latest still.
    expect(await scrape(registry)).toContain('# {trace_id="first"} 2');
    for (const id of ['third', 'fourth']) counter.add(1, exemplarOf, id);
    expect(await scrape(registry)).toContain('# {trace_id="third"} 1');
    expect(made).toEqual(['first', 'third']);
  });

  test('is one of each bucket', async () => {
    const { exemplarOf, registry } = exemplars();
    const run = registry.histogram({ name: 'run_seconds', help: 'Runs.', buckets: [1, 2] }).bind();
    for (const [value, id] of [
      [0.5, 'a'],
      [5, 'b'],
      [0.7, 'c'],
    ] as const)
      run.observe(value, exemplarOf, id);
    const lines = (await scrape(registry)).split('\n');
    expect(lines.filter((line) => line.includes('trace_id'))).toEqual([
      'run_seconds_bucket{le="1.0"} 2 # {trace_id="a"} 0.5 0',
      'run_seconds_bucket{le="+Inf"} 3 # {trace_id="b"} 5 0',
    ]);
  });

  test('stays where a scrape does not show it, and goes when it is told to', async () => {
    const { exemplarOf, made, registry } = exemplars();
    const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.' }).bind();
    counter.add(1, exemplarOf, 'first');
    await scrape(registry, { format: 'prometheus' });
    counter.add(1, exemplarOf, 'second');
    expect(made).toEqual(['first']);
    registry.renewExemplars();
    counter.add(1, exemplarOf, 'third');
    expect(made).toEqual(['first', 'third']);
  });

  test.each([
    ['throws', () => JSON.parse('') as Record<string, string>],
    ['makes none', () => undefined],
    ['has a value that is no text', () => ({ user: 7 })],
  ])('that %s is dropped, and costs neither the value nor the scrape', async (_, source) => {
    const { registry } = exemplars();
    const spec = { name: 'jobs_total', help: 'Jobs.' };
    const run = registry.histogram({ name: 'run_seconds', help: 'Runs.', buckets: [1] }).bind();
    registry
      .counter(spec)
      .bind()
      .add(2, source as () => Record<string, string>);
    run.observe(0.5, source as () => Record<string, string>);
    const text = await scrape(registry);
    expect(text).toContain('jobs_total 2\n');
    expect(text).toContain('run_seconds_bucket{le="1.0"} 1\n');
    expect(text).toContain('chimera_metrics_dropped_total{metric="jobs_total"} 1\n');
    expect(text).toContain('chimera_metrics_dropped_total{metric="run_seconds"} 1\n');
  });
});
