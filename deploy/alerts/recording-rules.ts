import { errorRatio, windows } from './slo.ts';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

const ended = (status: string, window: string) =>
  `sum by (job) (rate(chimera_workflow_execution_calls_total{status=~"${status}"}[${window}]))`;

/** Share of the workflows that died, of those that completed or died; cancelled ones were somebody's wish. */
export const recordingRules: readonly RecordingRule[] = windows.map((window) => ({
  record: errorRatio(window),
  expr: `${ended('error', window)} / ${ended('success|error', window)}`,
}));
