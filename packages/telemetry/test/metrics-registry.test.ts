import {
  type BoundCounter,
  type Counter,
  exponentialBuckets,
  MetricsRegistry,
} from '@chimera/telemetry';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { samplesOf, scrape, valuesOf } from './scrape.ts';

const help = 'Measured.';

describe('names', () => {
  it.each([
    ['jobs', 'a name that ends in _total'],
    ['_total', 'letters, digits and _, beginning with a letter'],
    ['9_total', 'letters, digits and _, beginning with a letter'],
    ['a:b_total', 'letters, digits and _, beginning with a letter'],
    ['jobs-done_total', 'letters, digits and _, beginning with a letter'],
    ['jobs\n_total', 'letters, digits and _, beginning with a letter'],
    ['jobs_count_total', 'a name without the reserved ending _count'],
    ['jobs_total_total', 'a name without the reserved ending _total'],
  ])('of a counter: %j must be %s', (name, rule) => {
    expect(() => new MetricsRegistry().counter({ name, help })).toThrow(
      new RangeError(`counter: name must be ${rule}, got ${JSON.stringify(name)}`),
    );
  });

  it.each(['total', 'created', 'bucket', 'count', 'sum', 'gcount', 'gsum', 'info'])(
    'of gauges and histograms do not end in _%s',
    (suffix) => {
      const registry = new MetricsRegistry();
      const spec = { name: `jobs_${suffix}`, help };
      expect(() => registry.gauge(spec)).toThrow(`reserved ending _${suffix}`);
      expect(() => registry.histogram(spec)).toThrow(`reserved ending _${suffix}`);
    },
  );

  it('end in their unit when there is one', () => {
    const registry = new MetricsRegistry();
    registry.counter({ name: 'spent_seconds_total', help, unit: 'seconds' });
    expect(() => registry.gauge({ name: 'size', help, unit: 'bytes' })).toThrow(
      new RangeError(
        'gauge: name must be a name that has its unit at the end (_bytes), got "size"',
      ),
    );
  });

  it('come with a help', () => {
    expect(() => new MetricsRegistry().gauge({ name: 'size', help: '' })).toThrow(
      new RangeError('size: help must be a text, got ""'),
    );
  });
});

describe('labels', () => {
  it.each([
    'id',
    'workflow_id',
    'task_ids',
    'uuid',
    'user_uid',
    'guid',
    'ulid',
    'taskId',
    'traceID',
  ])('are no identifiers: %s', (label) => {
    expect(() => new MetricsRegistry().gauge({ name: 'size', help, labels: [label] })).toThrow(
      new RangeError(
        `size: labels must be no identifiers (put them into an exemplar), got "${label}"`,
      ),
    );
  });

  it.each(['grid', 'valid', 'fluid', 'agent', 'bid', 'GUI', 'mid_size'])(
    'may end as an identifier does: %s',
    (label) => {
      const gauge = new MetricsRegistry().gauge({ name: 'size', help, labels: [label] });
      expect(gauge.bind({ [label]: 'x' }).labels).toBe(`${label}="x"`);
    },
  );

  it.each(['le', 'quantile', '__name__', 'a-b', '', '9'])('are not reserved: %j', (label) => {
    expect(() => new MetricsRegistry().gauge({ name: 'size', help, labels: [label] })).toThrow(
      RangeError,
    );
  });

  it('are not given twice', () => {
    expect(() => new MetricsRegistry().gauge({ name: 'size', help, labels: ['a', 'a'] })).toThrow(
      new RangeError('size: labels must be different from each other, got "a, a"'),
    );
  });

  it('are bound all, and no others', () => {
    const gauge = new MetricsRegistry().gauge({ name: 'size', help, labels: ['a', 'b'] });
    // @ts-expect-error a label is missing
    expect(() => gauge.bind({ a: 'x' })).toThrow(
      new RangeError('size: label b must be a string, got undefined'),
    );
    // @ts-expect-error a label is no string
    expect(() => gauge.bind({ a: 'x', b: 1 })).toThrow(RangeError);
    // @ts-expect-error a label is unknown
    expect(() => gauge.bind({ a: 'x', b: 'y', c: 'z' })).toThrow(
      new RangeError('size: labels must be a, b, got "c"'),
    );
    // @ts-expect-error there are labels
    expect(() => gauge.bind()).toThrow(RangeError);
  });

  it('are known to the types', () => {
    const counter = new MetricsRegistry().counter({ name: 'a_total', help, labels: ['a', 'b'] });
    expectTypeOf(counter).toEqualTypeOf<Counter<'a' | 'b'>>();
    expectTypeOf<Parameters<typeof counter.bind>>().toEqualTypeOf<
      [labels: Readonly<Record<'a' | 'b', string>>]
    >();
    const plain = new MetricsRegistry().counter({ name: 'a_total', help });
    expectTypeOf<Parameters<typeof plain.bind>>().toEqualTypeOf<[]>();
    expectTypeOf(plain.bind()).toEqualTypeOf<BoundCounter>();
  });

  it('are the same series in any order, and with any characters that encode alike', () => {
    const gauge = new MetricsRegistry().gauge({ name: 'size', help, labels: ['a', 'b'] });
    expect(gauge.bind({ b: 'y', a: 'x' })).toBe(gauge.bind({ a: 'x', b: 'y' }));
    expect(gauge.bind({ a: '\ud800', b: '' })).toBe(gauge.bind({ a: '\udfff', b: '' }));
    expect(gauge.bind({ a: 'x",b="y', b: '' })).not.toBe(gauge.bind({ a: 'x', b: 'y' }));
  });

  it('are cut at 200 characters', () => {
    const gauge = new MetricsRegistry().gauge({ name: 'size', help, labels: ['a'] });
    expect(gauge.bind({ a: 'x'.repeat(1e6) })).toBe(gauge.bind({ a: 'x'.repeat(200) }));
    expect(gauge.bind({ a: 'x'.repeat(199) })).not.toBe(gauge.bind({ a: 'x'.repeat(200) }));
  });
});

describe('a metric that is asked for again', () => {
  it('is the same', () => {
    const registry = new MetricsRegistry();
    const spec = { name: 'jobs_total', help, labels: ['agent'] } as const;
    expect(registry.counter(spec)).toBe(registry.counter(spec));
  });

  it('keeps its kind, labels and buckets', () => {
    const registry = new MetricsRegistry();
    registry.counter({ name: 'jobs_total', help, labels: ['agent'] });
    registry.histogram({ name: 'run_seconds', help, buckets: [1, 2] });
    const taken = 'metrics: name must be not yet taken by a';
    expect(() => registry.counter({ name: 'jobs_total', help })).toThrow(
      new RangeError(`${taken} counter with labels (agent), got "jobs_total"`),
    );
    // OpenMetrics calls both `jobs`.
    expect(() => registry.gauge({ name: 'jobs', help, labels: ['agent'] })).toThrow(taken);
    expect(() => registry.histogram({ name: 'run_seconds', help, buckets: [1, 3] })).toThrow(
      new RangeError(`${taken} histogram with labels () and buckets 1 2, got "run_seconds"`),
    );
    expect(() => registry.observedGauge({ name: 'jobs', help, read: () => {} })).toThrow(taken);
    registry.observedGauge({ name: 'size', help, read: () => {} });
    expect(() => registry.gauge({ name: 'size', help })).toThrow(`${taken} gauge that is read`);
  });
});

describe('more series than there is room for', () => {
  it('share one that is named other, and are counted', async () => {
    const registry = new MetricsRegistry({ maxSeries: 2 });
    const jobs = registry.counter({ name: 'jobs_total', help, labels: ['agent', 'queue'] });
    const first = jobs.bind({ agent: 'a', queue: 'q' });
    jobs.bind({ agent: 'b', queue: 'q' });
    const third = jobs.bind({ agent: 'c', queue: 'q' });
    const fourth = jobs.bind({ agent: 'd', queue: 'r' });
    expect(third).toBe(fourth);
    third.add(5);
    expect(jobs.bind({ agent: 'a', queue: 'q' })).toBe(first);
    expect(await valuesOf(registry)).toEqual({
      'jobs_total{agent=a,queue=q}': 0,
      'jobs_total{agent=b,queue=q}': 0,
      'jobs_total{agent=other,queue=other}': 5,
      'chimera_metrics_overflowed_total{metric=jobs_total}': 2,
    });
  });

  it('do not become two series when other is a value itself', async () => {
    const registry = new MetricsRegistry();
    const gauge = registry.gauge({ name: 'size', help, labels: ['a'], maxSeries: 2 });
    const named = gauge.bind({ a: 'other' });
    gauge.bind({ a: 'x' });
    expect(gauge.bind({ a: 'y' })).toBe(named);
    expect(gauge.bind({ a: 'z' })).toBe(named);
    expect((await samplesOf(registry)).filter(({ name }) => name === 'size')).toHaveLength(2);
  });

  it('is 1,000 by default', () => {
    const gauge = new MetricsRegistry().gauge({ name: 'size', help, labels: ['a'] });
    const bound = Array.from({ length: 1_002 }, (_, index) => gauge.bind({ a: `${index}` }));
    expect(new Set(bound).size).toBe(1_001);
    expect(bound.at(-1)?.labels).toBe('a="other"');
  });

  it('refuses room for none', () => {
    expect(() => new MetricsRegistry({ maxSeries: 0 })).toThrow(
      new RangeError('metrics: maxSeries must be an integer >= 1, got 0'),
    );
    expect(() =>
      new MetricsRegistry().gauge({ name: 'size', help, labels: ['a'], maxSeries: 0.5 }),
    ).toThrow(new RangeError('size: maxSeries must be an integer >= 1, got 0.5'));
  });

  it('does not keep the registry from telling of its troubles, however many metrics have them', async () => {
    const registry = new MetricsRegistry({ maxSeries: 1 });
    for (const name of ['a', 'b', 'c']) {
      const gauge = registry.gauge({ name, help, labels: ['x'] });
      gauge.bind({ x: '1' });
      gauge.bind({ x: '2' });
    }
    const overflowed = Object.entries(await valuesOf(registry)).filter(([name]) =>
      name.startsWith('chimera_metrics_overflowed_total'),
    );
    expect(overflowed).toHaveLength(3);
  });
});

describe('values', () => {
  it('that a counter cannot take are dropped and counted', async () => {
    const registry = new MetricsRegistry();
    const jobs = registry.counter({ name: 'jobs_total', help }).bind();
    jobs.add();
    for (const value of [-1, Number.NaN, Infinity, -Infinity]) jobs.add(value);
    expect(jobs.value).toBe(1);
    expect(await valuesOf(registry)).toEqual({
      jobs_total: 1,
      'chimera_metrics_dropped_total{metric=jobs_total}': 4,
    });
  });

  it('that a histogram cannot take are dropped and counted', async () => {
    const registry = new MetricsRegistry();
    const run = registry.histogram({ name: 'run_seconds', help }).bind();
    run.observe(0);
    for (const value of [-0.1, Number.NaN, Infinity, -Infinity]) run.observe(value);
    expect([run.count, run.sum]).toEqual([1, 0]);
    const { 'chimera_metrics_dropped_total{metric=run_seconds}': dropped } =
      await valuesOf(registry);
    expect(dropped).toBe(4);
  });

  it.each<unknown>(['7', 7n, null])(
    'that are no numbers are dropped and counted: %s',
    async (value) => {
      const registry = new MetricsRegistry();
      registry
        .counter({ name: 'jobs_total', help })
        .bind()
        .add(value as number);
      registry
        .histogram({ name: 'run_seconds', help })
        .bind()
        .observe(value as number);
      expect(await valuesOf(registry)).toMatchObject({
        jobs_total: 0,
        run_seconds_sum: 0,
        run_seconds_count: 0,
        'chimera_metrics_dropped_total{metric=jobs_total}': 1,
        'chimera_metrics_dropped_total{metric=run_seconds}': 1,
      });
    },
  );

  it('of a gauge are all that a number can be', async () => {
    const registry = new MetricsRegistry();
    const gauge = registry.gauge({ name: 'size', help, labels: ['a'] });
    gauge.bind({ a: 'nan' }).set(Number.NaN);
    gauge.bind({ a: 'inf' }).set(-Infinity);
    gauge.bind({ a: 'sum' }).set(1);
    gauge.bind({ a: 'sum' }).add(-3);
    expect(gauge.bind({ a: 'sum' }).value).toBe(-2);
    const text = await scrape(registry);
    expect(text).toContain('size{a="nan"} NaN\nsize{a="inf"} -Inf\nsize{a="sum"} -2\n');
  });

  it('without labels are seen from the start', async () => {
    const registry = new MetricsRegistry();
    registry.counter({ name: 'jobs_total', help });
    registry.gauge({ name: 'size', help });
    expect(await valuesOf(registry)).toEqual({ jobs_total: 0, size: 0 });
  });
});

describe('buckets', () => {
  it.each([[[]], [[1, 1]], [[2, 1]], [[0, 1]], [[-1, 1]], [[1, Infinity]], [[Number.NaN]]])(
    'rise from above 0: not %j',
    (buckets) => {
      expect(() => new MetricsRegistry().histogram({ name: 'run_seconds', help, buckets })).toThrow(
        'run_seconds: buckets must be finite bounds that rise from above 0',
      );
    },
  );

  it('grow by a factor', () => {
    expect(exponentialBuckets(1, 4, 5)).toEqual([1, 4, 16, 64, 256]);
    expect(() => exponentialBuckets(1, 1, 2)).toThrow(RangeError);
    expect(() => exponentialBuckets(1, 2, 0)).toThrow(RangeError);
  });

  it('are those of the moment of making', async () => {
    const buckets = [1, 2];
    const registry = new MetricsRegistry();
    const run = registry.histogram({ name: 'run_seconds', help, buckets }).bind();
    buckets.push(3);
    run.observe(2);
    expect(await valuesOf(registry)).toMatchObject({
      'run_seconds_bucket{le=1.0}': 0,
      'run_seconds_bucket{le=2.0}': 1,
      'run_seconds_bucket{le=+Inf}': 1,
    });
  });
});

describe('a metric that is kept elsewhere', () => {
  it('is read at each scrape, and forgets what is not told any more', async () => {
    const registry = new MetricsRegistry();
    const depths = new Map([
      ['slow', 3],
      ['fast', 1],
    ]);
    registry.observedGauge({
      name: 'depth',
      help,
      labels: ['queue'],
      read: (tell) => {
        for (const [queue, depth] of depths) tell(depth, { queue });
      },
    });
    let commits = 0;
    registry.observedCounter({
      name: 'commits_total',
      help,
      read: (tell) => tell((commits += 1)),
    });
    expect(await valuesOf(registry)).toEqual({
      'depth{queue=slow}': 3,
      'depth{queue=fast}': 1,
      commits_total: 1,
    });
    depths.delete('slow');
    expect(await valuesOf(registry)).toEqual({ 'depth{queue=fast}': 1, commits_total: 2 });
  });

  it('that cannot be read is left out, and counted', async () => {
    const registry = new MetricsRegistry();
    registry.observedGauge({
      name: 'depth',
      help,
      read: (tell) => {
        tell(1);
        throw new Error('closed');
      },
    });
    registry.gauge({ name: 'size', help });
    expect(await valuesOf(registry)).toEqual({ size: 0 });
    expect(await valuesOf(registry)).toEqual({
      size: 0,
      'chimera_metrics_failed_reads_total{metric=depth}': 1,
    });
  });

  it('has bounds too; what is told twice adds up', async () => {
    const registry = new MetricsRegistry({ maxSeries: 1 });
    registry.observedGauge({
      name: 'depth',
      help,
      labels: ['queue'],
      read: (tell) => {
        for (const queue of ['a', 'a', 'b', 'c']) tell(1, { queue });
      },
    });
    expect(await valuesOf(registry)).toEqual({ 'depth{queue=a}': 2, 'depth{queue=other}': 2 });
  });
});
