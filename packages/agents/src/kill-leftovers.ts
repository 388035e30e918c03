import { type Clock, systemClock } from '@chimera/policy';
import { type KillReport, killProcesses } from './kill-processes.ts';
import { leftoversOf } from './process-family.ts';

export interface KillLeftoversOptions {
  readonly clock?: Clock;
  /** From SIGTERM to SIGKILL, in ms. Default 5 000. */
  readonly killAfterMs?: number;
}

/**
 * Kills what the processes of an ended run left behind, wherever it went: whoever carries
 * `CHIMERA_RUN` with a value for which `isEnded` is true, and their descendants. `isEnded` must be
 * false for the caller's own marker and for that of every living run.
 *
 * Linux reads /proc, other systems ask `ps`. Processes whose environment this user may not read are not found.
 */
export function killLeftovers(
  isEnded: (marker: string) => boolean,
  options: KillLeftoversOptions = {},
): Promise<KillReport> {
  const { clock = systemClock, killAfterMs = 5_000 } = options;
  return killProcesses(leftoversOf(isEnded), { clock, killAfterMs });
}
