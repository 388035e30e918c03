import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ProcessEntry } from './process-entry.ts';
import { listWithPs } from './ps-table.ts';

/** Every process of the machine that this user may see. */
export function listProcesses(): Promise<readonly ProcessEntry[]> {
  return process.platform === 'linux' ? listFromProc() : listWithPs();
}

/** The {@link ProcessEntry.startedAt} of a process; undefined where only a whole listing would tell. */
export function startOf(pid: number): number | undefined {
  return process.platform === 'linux' ? readStat(pid)?.startedAt : undefined;
}

/** Resident memory of a process in bytes; undefined when it is gone, or where there is no /proc. */
export function residentBytesOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

async function listFromProc(): Promise<readonly ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  // Reading /proc blocks only for microseconds a file; through the thread pool it takes ten times as long.
  const sliceLength = 64;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (let start = 0; start < pids.length; start += sliceLength) {
    for (const pid of pids.slice(start, start + sliceLength)) {
      const stat = readStat(Number(pid));
      if (stat !== undefined) entries.push(entryOf(stat));
    }
    await setImmediate();
  }
  return entries;
}

type Stat = Pick<ProcessEntry, 'pid' | 'parentId' | 'groupId' | 'sessionId' | 'startedAt'>;

function entryOf(stat: Stat): ProcessEntry {
  return {
    ...stat,
    environmentValue: (name) => {
      const start = `${name}=`;
      const variables = readProc(stat.pid, 'environ')?.split('\0') ?? [];
      return variables.find((variable) => variable.startsWith(start))?.slice(start.length);
    },
    commandLine: () => (readProc(stat.pid, 'cmdline') ?? '').split('\0').join(' ').trim(),
    isStillThere: () => readStat(stat.pid)?.startedAt === stat.startedAt,
  };
}

/** proc_pid_stat(5): the name in parentheses may itself hold spaces and parentheses. */
function readStat(pid: number): Stat | undefined {
  const line = readProc(pid, 'stat');
  if (line === undefined) return undefined;
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, parentId, groupId, sessionId] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parentId: Number(parentId),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    startedAt: Number(fields[19]),
  };
}

/** Undefined when the process is gone, or another user's. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
