import process from 'node:process';
import type { ActiveResourcesView } from '@chimera/client';

interface Report {
  readonly libuv: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
}

/** What keeps the process alive, or could: counted by kind, and libuv's handles one by one. */
export function activeResources(at: number): ActiveResourcesView {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  // Since Node.js 22; its types do not know it.
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = report;
  // Otherwise the name of each peer is asked for, and the event loop waits.
  report.excludeNetwork = true;
  try {
    // Of the report, this alone: the rest has the environment, and with it secrets.
    const { libuv } = report.getReport() as unknown as Report;
    return { at, counts, handles: libuv };
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
