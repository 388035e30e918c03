/** A span that is over. Instants are wall-clock ms. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** `client`: it asks something else, such as a database. Default `internal`. */
  readonly kind?: 'client';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly status: 'error' | 'ok' | 'unset';
  /** What went wrong, when something did. */
  readonly message?: string;
  /** Spans of the same trace that led to this one. */
  readonly links?: readonly string[];
}
