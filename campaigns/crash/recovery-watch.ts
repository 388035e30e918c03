import type { AgentJournal } from './agent-journal.ts';
import type { DaemonProcess } from './daemon-process.ts';

export interface RecoveryWatch {
  /** From the start of the process to its first phase, in ms; undefined when it came to none. */
  stop(): number | undefined;
}

/** Looks at the agents' journal until a daemon that has not been seen there before has started one. */
export function watchRecovery({ spawnedAt }: DaemonProcess, journal: AgentJournal): RecoveryWatch {
  journal.readOn();
  const before = new Set(journal.lines.map(({ instance }) => instance));
  let recoveredMs: number | undefined;
  const look = () => {
    const isNew = journal.readOn().some(({ instance }) => !before.has(instance));
    if (!isNew || recoveredMs !== undefined) return;
    recoveredMs = performance.now() - spawnedAt;
    clearInterval(timer);
  };
  const timer = setInterval(look, 3);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return recoveredMs;
    },
  };
}
