import { join } from 'node:path';
import { type KernelFiles, ownCgroup } from './cgroup.ts';
import { readText } from './read-text.ts';
import type { SignalSource } from './signal-source.ts';

/**
 * Linux pressure stall information: the share of the last 10 s in which some task waited for the
 * resource, of the process's own version 2 control group if it tells, else of the machine.
 */
export function pressureStall(resource: 'memory' | 'cpu', kernel: KernelFiles = {}): SignalSource {
  const group = ownCgroup(resource, kernel);
  const own = group?.version === 2 ? group.folders[0] : undefined;
  const ofMachine = join(kernel.procRoot ?? '/proc', 'pressure', resource);
  return {
    name: `${resource}Pressure`,
    read: () => {
      const text = (own && readText(join(own, `${resource}.pressure`))) ?? readText(ofMachine);
      const percent = /^some avg10=([\d.]+)/m.exec(text ?? '')?.[1];
      return percent === undefined ? undefined : Number(percent) / 100;
    },
  };
}
