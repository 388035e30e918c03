export type { BoundCounter } from './bound-counter.ts';
export type { BoundGauge } from './bound-gauge.ts';
export type { BoundHistogram } from './bound-histogram.ts';
export { counted, type CountedOptions } from './counted.ts';
export { durationBuckets, exponentialBuckets } from './buckets.ts';
export type { Exemplar, ExemplarSource } from './exemplar.ts';
export type { Expose } from './exposition.ts';
export { contentTypes, type Format, negotiate } from './format.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramSpec,
  MetricsRegistry,
  type MetricsRegistryDeps,
  type MetricsRegistryOptions,
  type ObservedSpec,
} from './metrics-registry.ts';
export type { LabelValues, MetricSpec } from './metric-spec.ts';
export type { Read, Tell } from './observed-metric.ts';
export {
  type Adds,
  type Binds,
  bothInstruments,
  type Instrument,
  type Instruments,
  type Labels,
  type Observes,
  type Sets,
} from './instruments.ts';
export type { Measure } from './instrumented.ts';
export { measureMemory, type MemoryOptions } from './measure-memory.ts';
export type { Outcome } from './outcome.ts';
export type { WrapperOptions } from './recipe.ts';
export { registryInstruments } from './registry-instruments.ts';
export { installTelemetry, type Telemetry } from './telemetry.ts';
export { timed } from './timed.ts';
export { traced } from './traced.ts';
export type { OpenSpan, Tracing } from './tracing.ts';
export { trackAdapterRequest } from './track-adapter-request.ts';
export { type CacheOptions, trackCacheOperation } from './track-cache-operation.ts';
export { trackErrors } from './track-errors.ts';
export { trackRequest } from './track-request.ts';
