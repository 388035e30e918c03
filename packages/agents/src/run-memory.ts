import { runMarker, withDescendants } from './process-family.ts';
import { listProcesses, residentBytesOf } from './process-table.ts';

/**
 * Resident memory in bytes of this process, of all that descend from it, and of whoever carries
 * `CHIMERA_RUN` with this marker, wherever it went. Pages that several of them share count once for
 * each. Undefined where there is no /proc.
 */
export async function runMemory(
  marker: string,
  selfId: number = process.pid,
): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const table = await listProcesses();
  const ours = withDescendants(
    table,
    table.filter(({ pid }) => pid === selfId),
  );
  const known = new Set(ours);
  const strays = table.filter(
    (entry) => !known.has(entry) && entry.environmentValue(runMarker) === marker,
  );
  // A stray's descendants carry its environment, unless they have cleared it.
  return withDescendants(table, [...ours, ...strays]).reduce(
    (sum, { pid }) => sum + (residentBytesOf(pid) ?? 0),
    0,
  );
}
