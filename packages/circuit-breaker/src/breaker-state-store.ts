/** What a node says of one of its breakers. */
export interface BreakerReport {
  readonly breaker: string;
  /** When this node last opened it on its own evidence, by its own wall clock: tells one opening from another. 0 when never. */
  readonly openedAt: number;
  /** How long such an opening lasts from now, in ms; 0 when it is not open. */
  readonly openForMs: number;
}

/** What another node has said, and how long ago. */
export interface PeerReport extends BreakerReport {
  readonly node: string;
  /** By the store's own clock: no node's clock is compared with another's. */
  readonly ageMs: number;
}

/**
 * Where nodes that share breakers leave word. It can be one table with a row for each breaker and
 * node: `(breaker, node) primary key, opened_at, open_for_ms, reported_at`, the last by the clock of
 * the store. Losing rows, or the store, costs nothing but news of peers.
 */
export interface BreakerStateStore {
  /**
   * In one round trip: replaces what this node has said of these breakers, and tells what all other
   * nodes have said of them. Rejects when the store cannot be reached.
   */
  exchange(node: string, reports: readonly BreakerReport[]): Promise<readonly PeerReport[]>;
}
