import type { Instrument, Instruments, Labels } from './instruments.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

const unitWords = { s: 'seconds', By: 'bytes' } as const;

/**
 * Instruments that are metrics of the registry, named as OpenTelemetry's rules for Prometheus say:
 * `report.render.duration` in `s` is `report_render_duration_seconds`.
 */
export function registryInstruments(registry: MetricsRegistry): Instruments {
  return {
    counter: (instrument) => {
      const spec = specOf(instrument);
      const metric = registry.counter({ ...spec, name: `${spec.name}_total` });
      return { bind: (labels) => metric.bind(underscored(labels)) };
    },
    histogram: (instrument) => {
      const metric = registry.histogram(specOf(instrument));
      return { bind: (labels) => metric.bind(underscored(labels)) };
    },
    gauge: (instrument) => {
      const metric = registry.gauge(specOf(instrument));
      return { bind: (labels) => metric.bind(underscored(labels)) };
    },
  };
}

/** As Prometheus spells a name that OpenTelemetry spells with dots, dashes or slashes. */
export function underscore(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]+/g, '_');
}

function specOf({ name, help, unit, labels }: Instrument): {
  name: string;
  help: string;
  unit?: string;
  labels: readonly string[];
} {
  const spec = { help, labels: labels.map(underscore) };
  if (unit === undefined) return { ...spec, name: underscore(name) };
  const word = unitWords[unit];
  return { ...spec, name: `${underscore(name)}_${word}`, unit: word };
}

function underscored(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [underscore(name), value]),
  );
}
