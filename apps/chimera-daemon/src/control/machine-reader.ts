import { runMemory } from '@chimera/agents';
import {
  machineSignals,
  machineSources,
  readSignals,
  type Signals,
} from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import type { Logger } from '../log.ts';

export interface MachineReaderOptions {
  /** What memory is measured against; undefined: the limit of the control group and of the machine. */
  readonly memoryLimitBytes: number | undefined;
  /** Whose processes count: `CHIMERA_RUN` in their environment. */
  readonly marker: string;
}

/** Returns the function that reads the machine's signals now. With a limit, memory is that of this daemon and all it has started. */
export function machineReader(
  { marker, memoryLimitBytes }: MachineReaderOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): () => Signals | Promise<Signals> {
  if (memoryLimitBytes === undefined) return machineSignals({ clock });
  if (process.platform !== 'linux') {
    log.warn(
      { component: 'degradation' },
      'degradation.memoryLimitBytes needs /proc, which only Linux has; memory is not watched',
    );
  }
  const sources = machineSources({ clock }).filter(({ name }) => name !== 'memory');
  return async () => {
    const bytes = await runMemory(marker);
    const memory = bytes === undefined ? undefined : bytes / memoryLimitBytes;
    return { ...readSignals(sources), memory };
  };
}
