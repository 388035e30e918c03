import {
  context,
  INVALID_SPAN_CONTEXT,
  type Meter,
  metrics,
  type Span,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { durationBuckets } from './buckets.ts';
import type { Exemplar } from './exemplar.ts';
import type { Instrument, Instruments, Labels } from './instruments.ts';
import type { Outcome } from './outcome.ts';
import type { Telemetry } from './telemetry.ts';
import type { OpenSpan, Tracing } from './tracing.ts';

export interface OpenTelemetryOptions {
  /** The instrumentation scope. Default '@chimera/telemetry'. */
  readonly scope?: string;
}

/**
 * Measurements go to the OpenTelemetry API, and from there to the SDK that the application has
 * registered; install this after it. Without an SDK nothing is kept.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Required<Telemetry> {
  const scope = options.scope ?? '@chimera/telemetry';
  return { instruments: openTelemetryInstruments(scope), tracing: openTelemetryTracing(scope) };
}

function openTelemetryInstruments(scope: string): Instruments {
  // Asked for when the first instrument is needed: the API's meters do not change over to an SDK that comes later.
  let meter: Meter | undefined;
  const meterNow = () => (meter ??= metrics.getMeter(scope));
  return {
    counter: (instrument) => {
      const counter = meterNow().createCounter(instrument.name, optionsOf(instrument));
      return { bind: (labels) => ({ add: (amount) => counter.add(amount, labels) }) };
    },
    histogram: (instrument) => {
      const histogram = meterNow().createHistogram(instrument.name, {
        ...optionsOf(instrument),
        advice: { explicitBucketBoundaries: [...durationBuckets] },
      });
      return { bind: (labels) => ({ observe: (value) => histogram.record(value, labels) }) };
    },
    gauge: (instrument) => {
      const gauge = meterNow().createGauge(instrument.name, optionsOf(instrument));
      return { bind: (labels) => ({ set: (value) => gauge.record(value, labels) }) };
    },
  };
}

function optionsOf({ help, unit }: Instrument): { description: string; unit?: string } {
  return unit === undefined ? { description: help } : { description: help, unit };
}

function openTelemetryTracing(scope: string): Tracing {
  const tracer = trace.getTracer(scope);
  return {
    start: (name, attributes: Labels) => new ApiSpan(tracer.startSpan(name, { attributes })),
  };
}

class ApiSpan implements OpenSpan {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  get exemplar(): Exemplar | undefined {
    const { spanId, traceId, traceFlags } = this.#span.spanContext();
    const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    return isSampled ? { trace_id: traceId, span_id: spanId } : undefined;
  }

  run<T>(body: () => T): T {
    // Without an SDK, and nobody above: there is nothing to be below of.
    if (this.#span.spanContext() === INVALID_SPAN_CONTEXT) return body();
    return context.with(trace.setSpan(context.active(), this.#span), body);
  }

  end(outcome: Outcome, thrown: unknown, type: string): void {
    if (outcome === 'error') {
      this.#span.setAttribute('error.type', type);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(thrown) });
      if (thrown instanceof Error) this.#span.recordException(thrown);
    } else if (outcome !== 'success') {
      // No error: the status stays unset.
      this.#span.setAttribute('chimera.outcome', outcome);
    }
    this.#span.end();
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
