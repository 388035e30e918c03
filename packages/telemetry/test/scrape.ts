import type { Expose, MetricsRegistry } from '@chimera/telemetry';
import { readOpenMetrics, type ReadSample } from './open-metrics.ts';

export async function scrape(registry: MetricsRegistry, options: Expose = {}): Promise<string> {
  let text = '';
  for await (const chunk of registry.expose(options)) text += chunk;
  return text;
}

/** Every sample by its name and labels, as `name{a="b"}`. */
export async function valuesOf(registry: MetricsRegistry): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await samplesOf(registry)).map((sample) => [shown(sample), sample.value]),
  );
}

export async function samplesOf(registry: MetricsRegistry): Promise<readonly ReadSample[]> {
  return readOpenMetrics(await scrape(registry)).flatMap(({ samples }) => samples);
}

function shown({ name, labels }: ReadSample): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}
