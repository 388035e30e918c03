import {
  type HrTime,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Logger } from '../log.ts';
import { version } from '../version.ts';
import { SentSpans } from './sent-spans.ts';
import type { SpanRecord } from './span-record.ts';

export interface SpanExport {
  readonly add: (spans: readonly SpanRecord[]) => void;
  /** Sends what is left. */
  readonly stop: () => Promise<void>;
}

const statusCodes = {
  error: SpanStatusCode.ERROR,
  ok: SpanStatusCode.OK,
  unset: SpanStatusCode.UNSET,
} as const;

/** That wait to be sent: the longest trace there is, and some. The SDK drops what is beyond, and says so to nobody. */
const mostWaiting = 32_768;
const batch = 512;

/**
 * Sends spans over OTLP (HTTP, JSON) in batches. Those that are lost are told to the log. To be
 * imported only when an endpoint is configured: the SDK is slow to load.
 */
export function otlpExport(endpoint: string, instance: string, log: Logger): SpanExport {
  const url = tracesUrl(endpoint);
  // A stop sends all that wait at once; batches beyond this number would be lost.
  const exporter = new OTLPTraceExporter({ url, concurrencyLimit: mostWaiting / batch + 1 });
  const sent = new SentSpans(mostWaiting, { url, log });
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) => {
    send(spans, (result) => {
      sent.ended(spans.length, result.error);
      done(result);
    });
  };
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: mostWaiting,
    maxExportBatchSize: batch,
  });
  const resource = defaultResource().merge(
    resourceFromAttributes({
      'service.name': 'chimera',
      'service.version': version,
      'service.instance.id': instance,
    }),
  );
  const readable = (span: SpanRecord): ReadableSpan => ({
    name: span.name,
    kind: span.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => contextOf(span.traceId, span.spanId),
    ...(span.parentSpanId === undefined
      ? {}
      : { parentSpanContext: contextOf(span.traceId, span.parentSpanId) }),
    startTime: hrTime(span.startedAt),
    endTime: hrTime(span.endedAt),
    duration: hrTime(Math.max(0, span.endedAt - span.startedAt)),
    status: {
      code: statusCodes[span.status],
      ...(span.message === undefined ? {} : { message: span.message }),
    },
    attributes: { ...span.attributes },
    links: (span.links ?? []).map((spanId) => ({ context: contextOf(span.traceId, spanId) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: '@chimera/chimera-daemon', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  });
  return {
    add: (spans) => {
      for (const span of spans) if (sent.mayAdd()) processor.onEnd(readable(span));
    },
    stop: () => processor.shutdown(),
  };
}

function contextOf(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

/** As OpenTelemetry's settings say: an endpoint is the base, below which each signal has its path. */
function tracesUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
