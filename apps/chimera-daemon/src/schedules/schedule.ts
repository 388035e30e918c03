import { createHash } from 'node:crypto';
import type { NewWorkflow } from '@chimera/workflow-store';
import type { Recurrence, SchedulePolicies } from './decide.ts';

/** Work that starts again and again, as the settings say. */
export interface Schedule extends SchedulePolicies {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly recurrence: Recurrence;
  /** A start is delayed by up to this, in ms; by how much is always the same for one instant. */
  readonly jitterMs: number;
  readonly work: Pick<NewWorkflow, 'definition' | 'estimateMs' | 'input' | 'labels' | 'priority'>;
}

/** When it starts, as one text: where it changes, what was missed before is not caught up. */
export function timingOf({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): string {
  return `${cron} ${timezone}`;
}

/** The same for the same instant after a crash, so that the idempotency key meets the same body. */
export function workFor(
  { jitterMs, name, work }: Schedule,
  instant: number,
): Omit<NewWorkflow, 'idempotencyKey'> {
  const at = new Date(instant).toISOString();
  const labels = { ...work.labels, schedule: name, instant: at };
  if (jitterMs === 0) return { ...work, labels };
  const share = createHash('sha256').update(`${name} ${at}`).digest().readUInt32BE() / 2 ** 32;
  return { ...work, labels, runAt: instant + Math.floor(share * jitterMs) };
}
