import type { Exemplar } from './exemplar.ts';
import type { Labels } from './instruments.ts';
import type { Outcome } from './outcome.ts';

/** Where the wrappers' spans go: `openTelemetry()`, or your own. */
export interface Tracing {
  start(name: string, attributes: Labels): OpenSpan;
}

export interface OpenSpan {
  /** Names the trace beside the duration; undefined when the span is not kept. */
  readonly exemplar: Exemplar | undefined;
  /** Calls `body` so that spans started in it, also later on, are below this one. */
  run<T>(body: () => T): T;
  /** Called once; `thrown` and its type only when it was not a success. */
  end(outcome: Outcome, thrown: unknown, type: string): void;
}
