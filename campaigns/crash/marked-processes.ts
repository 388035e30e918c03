import { readdirSync, readFileSync } from 'node:fs';

export interface MarkedProcess {
  readonly pid: number;
  /** The daemon that started it, or its parents. */
  readonly instance: string;
}

/** What a daemon of this database has started, by the marker in its environment. */
export function markedProcesses(database: string): readonly MarkedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const marker = environmentOf(pid).find(
        (entry) => entry.startsWith('CHIMERA_RUN=') && entry.endsWith(` ${database}`),
      );
      const instance = marker?.slice('CHIMERA_RUN='.length).split(' ')[0];
      return instance === undefined ? [] : [{ pid: Number(pid), instance }];
    });
}

/** Empty for a process that has just ended, or is somebody else's. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
