import { readdirSync, readFileSync } from 'node:fs';
import type { Clock, Timer } from '@chimera/policy';

/** What a process and those that it started took. */
export interface ResourceUse {
  /** CPU time of all of them, in ms; the kernel tells it in steps of 10 ms. */
  readonly cpuMs: number;
  /** Most resident memory that all of them had at once, as far as it was seen; absent where they were gone before anybody looked. */
  readonly peakMemoryBytes?: number;
}

/** A look is taken after so many ms, then each time after the last of these. */
const looksMs = [50, 200, 1_000, 2_000];
/** Linux tells CPU times in hundredths of a second, whatever its timer does. */
const msPerTick = 10;
/** A tree that grows faster than it can be read is not read to its end. */
const mostProcesses = 512;

/**
 * Watches a process and its descendants through /proc; elsewhere it sees nothing. CPU time is exact
 * for those that were waited for by their parents, once `look` is called at the process's end,
 * before it is reaped. Memory is what samples see, and for each process alone the kernel's own peak.
 */
export class ResourceWatch {
  readonly #pid: number;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #looks = 0;
  #ticks: number | undefined;
  #peakBytes = 0;

  constructor(pid: number, clock: Clock) {
    this.#pid = pid;
    this.#clock = clock;
    if (process.platform === 'linux') this.#wait();
  }

  look(): void {
    const tree = readTree(this.#pid);
    if (tree.length === 0) return;
    const ticks = tree.reduce((sum, one) => sum + one.ticks, 0);
    // What was not waited for takes its time along when it goes.
    this.#ticks = Math.max(this.#ticks ?? 0, ticks);
    const together = tree.reduce((sum, one) => sum + one.bytes, 0);
    this.#peakBytes = Math.max(
      this.#peakBytes,
      together,
      ...tree.map(({ peakBytes }) => peakBytes),
    );
  }

  /** Undefined when nothing was seen. */
  stop(): ResourceUse | undefined {
    this.#timer?.cancel();
    if (this.#ticks === undefined) return undefined;
    const cpuMs = this.#ticks * msPerTick;
    return this.#peakBytes === 0 ? { cpuMs } : { cpuMs, peakMemoryBytes: this.#peakBytes };
  }

  #wait(): void {
    const afterMs = looksMs[Math.min(this.#looks, looksMs.length - 1)] ?? 0;
    this.#looks += 1;
    this.#timer = this.#clock.setTimer(() => {
      this.look();
      this.#wait();
    }, afterMs);
  }
}

interface Seen {
  readonly ticks: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

function readTree(leader: number): readonly Seen[] {
  const pids = [leader];
  const seen: Seen[] = [];
  // Grows while it is walked.
  for (const pid of pids) {
    const stat = readProc(`${pid}/stat`);
    if (stat === undefined || seen.length === mostProcesses) continue;
    // proc_pid_stat(5): own and waited-for time, for user and system, are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const status = readProc(`${pid}/status`) ?? '';
    seen.push({ ticks, bytes: bytesOf(status, 'VmRSS'), peakBytes: bytesOf(status, 'VmHWM') });
    pids.push(...childrenOf(pid));
  }
  return seen;
}

/** Each thread has its own. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      (readProc(`${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Zero of what has ended. */
function bytesOf(status: string, name: 'VmHWM' | 'VmRSS'): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1_024;
}

/** Undefined when it is gone. */
function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
