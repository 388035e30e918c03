import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
} from 'node:perf_hooks';
import type { MetricsRegistry } from '@chimera/telemetry';

const gcTypes: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Of the timer that measures the delay: what it is late by. */
const resolutionMs = 20;

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

export interface RuntimeMetrics {
  /** It is stopped when it is made. */
  readonly start: () => void;
  /** The delays from here on are the next scrape's. */
  readonly scraped: () => void;
  readonly stop: () => void;
}

/** The process itself, by OpenTelemetry's names for Node.js and V8, and Prometheus's for processes. */
export function runtimeMetrics(registry: MetricsRegistry): RuntimeMetrics {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delayGauges(registry, delay);
  const collections = registry.histogram({
    name: 'v8js_gc_duration_seconds',
    help: 'Garbage collections.',
    unit: 'seconds',
    labels: ['v8js_gc_type'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration } = entry;
      const { kind } = (entry as { readonly detail?: unknown }).detail as { readonly kind: number };
      collections.bind({ v8js_gc_type: gcTypes[kind] ?? 'other' }).observe(duration / 1_000);
    }
  });
  processGauges(registry);
  return {
    start: () => {
      delay.enable();
      observer.observe({ entryTypes: ['gc'] });
    },
    scraped: () => delay.reset(),
    stop: () => {
      observer.disconnect();
      delay.disable();
    },
  };
}

function delayGauges(registry: MetricsRegistry, delay: LoopDelay): void {
  const values: Readonly<Record<string, () => number>> = {
    mean: () => delay.mean,
    max: () => delay.max,
    p50: () => delay.percentile(50),
    p90: () => delay.percentile(90),
    p99: () => delay.percentile(99),
  };
  for (const [name, value] of Object.entries(values)) {
    registry.observedGauge({
      name: `nodejs_eventloop_delay_${name}_seconds`,
      help: `How late the event loop was since the last scrape, ${name}.`,
      unit: 'seconds',
      read: (tell) => tell(late(value())),
    });
  }
}

/** In seconds: the timer's own period is no delay. NaN before the first sample. */
function late(nanoseconds: number): number {
  return Number.isNaN(nanoseconds) ? 0 : Math.max(0, nanoseconds / 1e9 - resolutionMs / 1_000);
}

function processGauges(registry: MetricsRegistry): void {
  let last = performance.eventLoopUtilization();
  registry.observedGauge({
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of the time since the last scrape in which the event loop was busy.',
    unit: 'ratio',
    read: (tell) => {
      const now = performance.eventLoopUtilization();
      tell(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
  registry.observedCounter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the daemon itself, without its agents.',
    unit: 'seconds',
    read: (tell) => {
      const { system, user } = process.cpuUsage();
      tell((system + user) / 1e6);
    },
  });
  registry.observedGauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the daemon itself, without its agents.',
    unit: 'bytes',
    read: (tell) => tell(process.memoryUsage.rss()),
  });
  registry.observedGauge({
    name: 'v8js_memory_heap_used_bytes',
    help: "In use of V8's heap.",
    unit: 'bytes',
    read: (tell) => tell(process.memoryUsage().heapUsed),
  });
  registry.observedGauge({
    name: 'process_uptime_seconds',
    help: 'Since the process started.',
    unit: 'seconds',
    read: (tell) => tell(process.uptime()),
  });
}
