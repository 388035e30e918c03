import { type Format, MetricsRegistry } from '@chimera/telemetry';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readOpenMetrics, readSample } from './open-metrics.ts';
import { scrape } from './scrape.ts';

const help = 'Measured.';
/** Everything that a careless or hostile caller could make a label of. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '}', '{', ',', '=', '#', ' ', '\0') }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '# EOF',
    '\n# EOF\n',
    '__proto__',
    'constructor',
    '\ud800',
    '\udc00\ud800',
    '\u2028',
  ),
);
const encoded = (text: string): string => text.slice(0, 200).toWellFormed();

it('any label value is read back as it was, but for what UTF-8 cannot say', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(hostile, { selector: encoded, maxLength: 20 }),
      async (values) => {
        const registry = new MetricsRegistry();
        const gauge = registry.gauge({ name: 'size', help, labels: ['a', 'b'] });
        for (const [index, value] of values.entries())
          gauge.bind({ a: value, b: value }).set(index);
        const text = await scrape(registry);
        expect(text.isWellFormed()).toBe(true);
        const [family] = readOpenMetrics(text);
        const read = family?.samples.map(({ labels, value }) => [labels.a, labels.b, value]) ?? [];
        expect(read).toEqual(values.map((value, index) => [encoded(value), encoded(value), index]));
      },
    ),
  );
});

it('any help and any exemplar leave the text readable', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, hostile, async (help, name, value) => {
      fc.pre(help !== '');
      const registry = new MetricsRegistry();
      registry
        .counter({ name: 'jobs_total', help })
        .bind()
        .add(1, { [name]: value, trace_id: value });
      const [family] = readOpenMetrics(await scrape(registry));
      expect(family?.help).toBe(help.toWellFormed());
      expect(family?.samples).toHaveLength(1);
      const exemplar = family?.samples[0]?.exemplar;
      // One that is too long is not shown.
      expect([value.toWellFormed(), undefined]).toContain(exemplar?.labels.trace_id);
    }),
  );
});

const observation = fc.oneof(
  fc.double({ min: 0, max: 20, noNaN: true }),
  fc.double(),
  fc.constantFrom(0, 0.5, 1, 2),
);
const bounds = fc
  .uniqueArray(
    fc.oneof(fc.constantFrom(0.5, 1, 2, 10), fc.double({ min: 1e-12, max: 1e12, noNaN: true })),
    {
      minLength: 1,
      maxLength: 15,
    },
  )
  .map((values) => values.sort((left, right) => left - right));

it.each(['openmetrics', 'prometheus'] as const)(
  'a histogram in %s is cumulative, rises, and agrees with its count and sum',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(observation), async (buckets, values) => {
        const registry = new MetricsRegistry();
        const run = registry.histogram({ name: 'run_seconds', help, buckets }).bind();
        for (const value of values) run.observe(value, { trace_id: String(value) });
        const taken = values.filter((value) => value >= 0 && value < Infinity);
        const samples = await samplesIn(registry, format);
        const shown = samples.filter(({ name }) => name === 'run_seconds_bucket');
        expect(shown.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')))).toEqual([
          ...buckets,
          Infinity,
        ]);
        expect(shown.map(({ value }) => value)).toEqual(
          [...buckets, Infinity].map((bound) => taken.filter((value) => value <= bound).length),
        );
        const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
        expect(value('run_seconds_count')).toBe(taken.length);
        expect(value('run_seconds_sum')).toBe(taken.reduce((sum, one) => sum + one, 0));
        // An exemplar stands at the bucket that its value falls into.
        for (const [index, { exemplar }] of shown.entries()) {
          const value = exemplar?.value ?? buckets[index] ?? Infinity;
          expect(value).toBeLessThanOrEqual(buckets[index] ?? Infinity);
          expect(value).toBeGreaterThan(buckets[index - 1] ?? -1);
        }
      }),
    );
  },
);

it('a counter is the sum of what it took, and never falls', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(observation), async (values) => {
      const registry = new MetricsRegistry();
      const jobs = registry.counter({ name: 'jobs_total', help }).bind();
      let last = 0;
      for (const value of values) {
        jobs.add(value);
        expect(jobs.value).toBeGreaterThanOrEqual(last);
        last = jobs.value;
      }
      const samples = await samplesIn(registry, 'openmetrics');
      expect(samples.find(({ name }) => name === 'jobs_total')?.value).toBe(last);
    }),
  );
});

it('however many label values come, a metric has no more series than it may, and loses no count', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostile),
      fc.integer({ min: 1, max: 5 }),
      async (values, maxSeries) => {
        const registry = new MetricsRegistry({ maxSeries });
        const jobs = registry.counter({ name: 'jobs_total', help, labels: ['a'] });
        for (const value of values) jobs.bind({ a: value }).add();
        const samples = (await samplesIn(registry, 'openmetrics')).filter(
          ({ name }) => name === 'jobs_total',
        );
        expect(samples.length).toBeLessThanOrEqual(maxSeries + 1);
        expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(values.length);
      },
    ),
  );
});

async function samplesIn(registry: MetricsRegistry, format: Format) {
  const text = await scrape(registry, { format });
  if (format === 'openmetrics') return readOpenMetrics(text).flatMap(({ samples }) => samples);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readSample);
}
