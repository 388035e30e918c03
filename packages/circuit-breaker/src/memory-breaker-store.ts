import { type Clock, systemClock } from '@chimera/policy';
import type { BreakerReport, BreakerStateStore, PeerReport } from './breaker-state-store.ts';

interface Row {
  readonly node: string;
  readonly report: BreakerReport;
  readonly reportedAt: number;
}

/** For several nodes in one process, as in tests and worker pools. */
export class MemoryBreakerStore implements BreakerStateStore {
  readonly #clock: Clock;
  readonly #rows: Map<string, Row> = new Map();

  constructor(deps: { readonly clock?: Clock } = {}) {
    this.#clock = deps.clock ?? systemClock;
  }

  exchange(node: string, reports: readonly BreakerReport[]): Promise<readonly PeerReport[]> {
    const now = this.#clock.monotonic();
    const asked = new Set<string>();
    for (const report of reports) {
      asked.add(report.breaker);
      this.#rows.set(JSON.stringify([report.breaker, node]), { node, report, reportedAt: now });
    }
    const peers = [...this.#rows.values()]
      .filter((row) => row.node !== node && asked.has(row.report.breaker))
      .map(({ node, report, reportedAt }) => ({ ...report, node, ageMs: now - reportedAt }));
    return Promise.resolve(peers);
  }
}
