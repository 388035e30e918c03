import type { Database } from 'better-sqlite3';
import { integerOption } from '@chimera/policy';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** Pages that stay free: what is deleted soon makes room for what comes. */
export const sparePages = 1_000;

/**
 * Gives free pages at the end of the file back to the file system, at most so many, and returns how
 * many. A file that was made before `auto_vacuum` was chosen keeps them, and uses them again.
 */
export function freeingPages(
  { pending }: StoreContext,
  writer: Database,
  limit: number,
): Operation<number> {
  integerOption('workflow-store', 'limit', limit, 1, 100_000);
  return () => {
    pending.needDisk();
    const free = freePages(writer);
    const wanted = Math.min(limit, free - sparePages);
    if (wanted <= 0) return { result: 0 };
    writer.pragma(`incremental_vacuum(${wanted})`);
    return { result: free - freePages(writer) };
  };
}

function freePages(writer: Database): number {
  return Number(writer.pragma('freelist_count', { simple: true }));
}
