import type { PeerReport } from './breaker-state-store.ts';

export interface QuorumRules {
  /** More than this share of the nodes heard of lately, oneself included, has to be open. */
  readonly share: number;
  /** A node that has not reported for longer is not counted. */
  readonly staleAfterMs: number;
}

/**
 * For how long a closed breaker should open because others have, in ms; undefined when it should
 * not. Two open peers are the least, so no single node can open another's circuit; and the time is
 * the one for which the quorum stays open, so no single node can stretch it either.
 * @param heard by node, the opening that is no news: those of before this breaker last closed.
 */
export function quorumOpenMs(
  peers: readonly PeerReport[],
  heard: ReadonlyMap<string, number>,
  { share, staleAfterMs }: QuorumRules,
): number | undefined {
  const fresh = peers.filter(({ ageMs }) => ageMs <= staleAfterMs);
  const open = fresh.filter(({ openForMs, ageMs }) => openForMs > ageMs);
  const nodes = fresh.length + 1;
  const needed = Math.max(2, Math.floor(nodes * share) + 1);
  const isNews = open.some(({ node, openedAt }) => openedAt !== heard.get(node));
  if (open.length < needed || !isNews) return undefined;
  const remaining = open.map(({ openForMs, ageMs }) => openForMs - ageMs).sort((a, b) => b - a);
  return remaining[needed - 1];
}
