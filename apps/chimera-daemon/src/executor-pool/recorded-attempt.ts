import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

/** An attempt of an agent whose outcome is in the store. */
export interface RecordedAttempt {
  /** As the outcome left it. */
  readonly record: WorkflowRecord;
  readonly phase: string;
  readonly agent: string;
  /** The claim's. */
  readonly token: number;
  /** What the outcome was told as. */
  readonly event: WorkflowEvent['type'];
  /** From its start to its outcome. */
  readonly durationMs: number;
}
