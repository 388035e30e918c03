import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@chimera/policy';
import { type ProcessEntry, sameProcess } from './process-entry.ts';
import { type Family, stillThere } from './process-family.ts';
import { listProcesses } from './process-table.ts';

/** A process that was found alive and killed. */
export interface KilledProcess {
  readonly pid: number;
  /** Its command line, 200 characters at most. */
  readonly command: string;
}

export interface KillReport {
  readonly killed: readonly KilledProcess[];
  /** Those that even SIGKILL did not end, such as another user's. */
  readonly survivors: readonly KilledProcess[];
}

export interface KillOptions {
  readonly clock: Clock;
  /** From SIGTERM to SIGKILL, in ms. */
  readonly killAfterMs: number;
  /** A process group that can be signalled as one, as long as it is surely the caller's. */
  readonly group?: { readonly id: number; readonly isOurs: () => boolean };
}

const lookAgainMs = 25;
/** SIGKILL works within microseconds, or not at all. */
const killRounds = 100;

/**
 * SIGTERM to the whole family, SIGKILL after `killAfterMs` to those still there and to those that
 * they started meanwhile. Settles when none is left. Signals are sent only to a process whose
 * start time is still the one that was read: its pid may have been given to another.
 */
export async function killProcesses(family: Family, options: KillOptions): Promise<KillReport> {
  const { clock, group } = options;
  const known: ProcessEntry[] = [];
  const seen = async (): Promise<readonly ProcessEntry[]> => {
    const table = await listed();
    const living = [...new Set([...family(table), ...stillThere(table, known)])].filter(
      (entry) => entry.pid !== process.pid,
    );
    known.push(...living.filter((entry) => !known.some((other) => sameProcess(entry, other))));
    return living;
  };
  const isGone = (living: readonly ProcessEntry[]) =>
    living.length === 0 && group?.isOurs() !== true;

  let living = await seen();
  const report = known.map(killedProcess);
  const noteNew = () => report.push(...known.slice(report.length).map(killedProcess));
  const deadline = clock.monotonic() + options.killAfterMs;

  let terminated: readonly ProcessEntry[] = [];
  if (group?.isOurs() === true) {
    signalGroup(group.id, 'SIGTERM');
    terminated = living.filter((entry) => entry.groupId === group.id);
  }
  while (!isGone(living) && clock.monotonic() < deadline) {
    // A second SIGTERM means "at once, without cleaning up" to many programs.
    for (const entry of living) {
      if (!terminated.some((other) => sameProcess(entry, other))) signal(entry, 'SIGTERM');
    }
    terminated = known.slice();
    await wait(clock, Math.min(lookAgainMs, deadline - clock.monotonic()));
    living = await seen();
    noteNew();
  }
  for (let round = 0; !isGone(living) && round < killRounds; round += 1) {
    if (group?.isOurs() === true) signalGroup(group.id, 'SIGKILL');
    for (const entry of living) signal(entry, 'SIGKILL');
    await setImmediate();
    living = await seen();
    noteNew();
  }
  const survivors = living.map(killedProcess);
  const survived = (entry: KilledProcess) => survivors.some(({ pid }) => pid === entry.pid);
  return { killed: report.filter((entry) => !survived(entry)), survivors };
}

/** Without a table the group is still known. */
async function listed(): Promise<readonly ProcessEntry[]> {
  try {
    return await listProcesses();
  } catch {
    return [];
  }
}

function killedProcess(entry: ProcessEntry): KilledProcess {
  return { pid: entry.pid, command: entry.commandLine().slice(0, 200) };
}

function signal(entry: ProcessEntry, name: NodeJS.Signals): void {
  if (entry.isStillThere()) send(entry.pid, name);
}

function signalGroup(groupId: number, name: NodeJS.Signals): void {
  send(-groupId, name);
}

/** A target that is gone (ESRCH) or another user's (EPERM) is found again, or not, by the next look. */
function send(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    return;
  }
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, delayMs);
  });
}
