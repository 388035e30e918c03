import { VirtualClock } from '@chimera/policy';
import { contentTypes, MetricsRegistry } from '@chimera/telemetry';
import { describe, expect, it } from 'vitest';
import { scrape } from './scrape.ts';

const at = 1_760_000_000_500;

function filled(options: { created?: boolean } = {}): MetricsRegistry {
  const registry = new MetricsRegistry(options, { clock: new VirtualClock(at) });
  const jobs = registry.counter({
    name: 'jobs_total',
    help: 'Jobs by agent: "done"\nor \\ not.',
    labels: ['agent', 'status'],
  });
  jobs.bind({ agent: 'a "b" \\ c\nd', status: 'success' }).add(3);
  jobs.bind({ agent: 'x', status: 'error' }).add(0.5, { trace_id: 'abc', span_id: 'd"e' });
  registry.gauge({ name: 'queue_depth', help: 'Waiting.' }).bind().set(-2.5);
  const spent = registry.histogram({
    name: 'run_duration_seconds',
    help: 'Runs.',
    unit: 'seconds',
    labels: ['agent'],
    buckets: [0.00001, 0.5, 1, 1_000_000],
  });
  spent.bind({ agent: 'x' }).observe(0.4, { trace_id: 't1' });
  spent.bind({ agent: 'x' }).observe(1);
  spent.bind({ agent: 'x' }).observe(2e6, { trace_id: 't2' });
  return registry;
}

it('writes OpenMetrics 1.0', async () => {
  expect(await scrape(filled())).toBe(String.raw`# TYPE jobs counter
# HELP jobs Jobs by agent: \"done\"\nor \\ not.
jobs_total{agent="a \"b\" \\ c\nd",status="success"} 3
jobs_total{agent="x",status="error"} 0.5 # {trace_id="abc",span_id="d\"e"} 0.5 1760000000.5
# TYPE queue_depth gauge
# HELP queue_depth Waiting.
queue_depth -2.5
# TYPE run_duration_seconds histogram
# UNIT run_duration_seconds seconds
# HELP run_duration_seconds Runs.
run_duration_seconds_bucket{agent="x",le="1e-05"} 0
run_duration_seconds_bucket{agent="x",le="0.5"} 1 # {trace_id="t1"} 0.4 1760000000.5
run_duration_seconds_bucket{agent="x",le="1.0"} 2
run_duration_seconds_bucket{agent="x",le="1e+06"} 2
run_duration_seconds_bucket{agent="x",le="+Inf"} 3 # {trace_id="t2"} 2000000 1760000000.5
run_duration_seconds_sum{agent="x"} 2000001.4
run_duration_seconds_count{agent="x"} 3
# EOF
`);
});

it('writes Prometheus text 0.0.4', async () => {
  expect(await scrape(filled({ created: true }), { format: 'prometheus' }))
    .toBe(String.raw`# HELP jobs_total Jobs by agent: "done"\nor \\ not.
# TYPE jobs_total counter
jobs_total{agent="a \"b\" \\ c\nd",status="success"} 3
jobs_total{agent="x",status="error"} 0.5
# HELP queue_depth Waiting.
# TYPE queue_depth gauge
queue_depth -2.5
# HELP run_duration_seconds Runs.
# TYPE run_duration_seconds histogram
run_duration_seconds_bucket{agent="x",le="0.00001"} 0
run_duration_seconds_bucket{agent="x",le="0.5"} 1
run_duration_seconds_bucket{agent="x",le="1"} 2
run_duration_seconds_bucket{agent="x",le="1000000"} 2
run_duration_seconds_bucket{agent="x",le="+Inf"} 3
run_duration_seconds_sum{agent="x"} 2000001.4
run_duration_seconds_count{agent="x"} 3
`);
});

it('says when each series began, when asked to', async () => {
  const text = await scrape(filled({ created: true }));
  expect(text).toContain('\njobs_created{agent="x",status="error"} 1760000000.5\n');
  expect(text).toContain('\nrun_duration_seconds_created{agent="x"} 1760000000.5\n');
  expect(text).not.toContain('queue_depth_created');
});

it('names both formats in full, as an answer has to', () => {
  expect(contentTypes.openmetrics).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  expect(contentTypes.prometheus).toBe('text/plain; version=0.0.4; charset=utf-8');
});

it('of a registry without values is only its end', async () => {
  expect(await scrape(new MetricsRegistry())).toBe('# EOF\n');
  expect(await scrape(new MetricsRegistry(), { format: 'prometheus' })).toBe('');
});

it('leaves out an exemplar that is longer than 128 characters, or has no label name', async () => {
  const registry = new MetricsRegistry();
  const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs.' }).bind();
  jobs.add(1, { trace_id: 'x'.repeat(128 - 'trace_id'.length) });
  expect(await scrape(registry)).toContain(' # {');
  jobs.add(1, { trace_id: 'x'.repeat(129 - 'trace_id'.length) });
  expect(await scrape(registry)).not.toContain(' # {');
  jobs.add(1, { 'trace-id': 'x' });
  expect(await scrape(registry)).not.toContain(' # {');
});

function large(): MetricsRegistry {
  const registry = new MetricsRegistry({ maxSeries: 5_000 });
  const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue'] });
  for (let queue = 0; queue < 5_000; queue += 1) jobs.bind({ queue: `queue ${queue}` }).add();
  return registry;
}

describe('in chunks', () => {
  it('is the same text', async () => {
    const whole = await scrape(large(), { chunkLength: 10_000_000 });
    expect(await scrape(large())).toBe(whole);
    expect(await scrape(large(), { chunkLength: 1 })).toBe(whole);
  });

  it('has no chunk above the length asked for', async () => {
    const lengths: number[] = [];
    for await (const chunk of large().expose({ chunkLength: 1_000 })) lengths.push(chunk.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000);
    expect(lengths.length).toBeGreaterThan(100);
  });

  it('gives other work a turn between any two', async () => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const turnsBefore: number[] = [];
    for await (const chunk of large().expose()) if (chunk !== '') turnsBefore.push(turns);
    isOver = true;
    expect(turnsBefore.length).toBeGreaterThan(5);
    expect(new Set(turnsBefore).size).toBe(turnsBefore.length);
  });

  it('makes way for other work by the clock, however little text there is', async () => {
    let now = 0;
    const clock = Object.assign(new VirtualClock(), { monotonic: () => now });
    const registry = new MetricsRegistry({}, { clock });
    // A machine that takes 0.4 ms for a metric.
    for (let metric = 0; metric < 50; metric += 1)
      registry.observedGauge({
        name: `depth_${metric}`,
        help: 'Depth.',
        read: (tell) => {
          now += 0.4;
          tell(metric);
        },
      });
    let beganAt = now;
    const turns: number[] = [];
    for await (const _ of registry.expose()) {
      turns.push(now - beganAt);
      beganAt = now;
    }
    expect(turns.length).toBeGreaterThan(10);
    // What a single metric takes is on top.
    expect(Math.max(...turns)).toBeLessThanOrEqual(1 + 0.4 + 1e-9);
  });

  it('refuses a length that no text has', () => {
    expect(() => new MetricsRegistry().expose({ chunkLength: 0 })).toThrow(
      new RangeError('metrics: chunkLength must be an integer >= 1, got 0'),
    );
  });

  it('counts on while it is scraped', async () => {
    const registry = large();
    const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue'] });
    let text = '';
    for await (const chunk of registry.expose({ chunkLength: 10_000 })) {
      text += chunk;
      jobs.bind({ queue: 'queue 4999' }).add();
    }
    expect(/queue 4999"} (\d+)/.exec(text)?.[1]).not.toBe('1');
  });
});
