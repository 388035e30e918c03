import { RejectionError } from '@chimera/policy';
import type { Mode } from './mode.ts';

/** Work was turned away because the machine is short of something and the work is not important enough. */
export class DegradedError extends RejectionError {
  override readonly name = 'DegradedError';
  readonly code = 'DEGRADED' as const;
  readonly mode: Mode;
  /** As it was weighed: a retry's is lower than the one it was asked with. */
  readonly priority: number;
  /** Least priority that is admitted now. */
  readonly priorityFloor: number;
  /** Earliest that this priority can be admitted again, in ms, if the machine stays clear. */
  declare readonly retryAfterMs: number;

  constructor(mode: Mode, priority: number, priorityFloor: number, retryAfterMs: number) {
    super(
      `Mode "${mode}" admits priority ${priorityFloor} and up, got ${priority}; retry in ${retryAfterMs} ms`,
      retryAfterMs,
    );
    this.mode = mode;
    this.priority = priority;
    this.priorityFloor = priorityFloor;
  }
}
