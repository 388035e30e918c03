import { spawnSync } from 'node:child_process';
import { MetricsRegistry, registryInstruments, trackRequest } from '@chimera/telemetry';
import { expect, it } from 'vitest';
import { scrape } from './scrape.ts';

const promtool = 'promtool';
const isInstalled = spawnSync(promtool, ['--version']).error === undefined;
if (!isInstalled) {
  console.warn('promtool is not installed (Debian package prometheus): its checks are left out');
}

function check(text: string): { status: number | null; findings: string } {
  const { status, stderr } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return { status, findings: stderr };
}

it.runIf(isInstalled)('promtool has no findings', async () => {
  const registry = new MetricsRegistry({ maxSeries: 3, created: true });
  const instruments = registryInstruments(registry);
  await trackRequest('report.render', { telemetry: { instruments } })(async () => 1)();
  const labels = ['agent'] as const;
  const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs "done"\n\\.', labels });
  for (const agent of ['a"b', 'c\\d', 'e\nf', '\ud800', '😀']) jobs.bind({ agent }).add();
  jobs.bind({ agent: 'a"b' }).add(Number.NaN);
  registry.gauge({ name: 'memory_bytes', help: 'In use.', unit: 'bytes' }).bind().set(-Infinity);
  registry.observedGauge({ name: 'depth', help: 'Waiting.', read: (tell) => tell(Number.NaN) });
  const text = await scrape(registry, { format: 'prometheus' });
  expect(text).toContain('chimera_metrics_overflowed_total{metric="jobs_total"} 2');
  expect(check(text)).toEqual({ status: 0, findings: '' });
});

it.runIf(isInstalled)('promtool would have found something', () => {
  expect(check('# HELP jobs Jobs.\n# TYPE jobs counter\njobs 1\n')).toMatchObject({ status: 3 });
  expect(check('jobs{a="b} 1\n')).toMatchObject({ status: 1 });
});
