/** How long answers take, in ms. */
export type Latency =
  | { readonly shape: 'exponential'; readonly meanMs: number }
  /** Fast as a rule, slow for a share of the calls: a cache, a garbage collection, a lock. */
  | {
      readonly shape: 'bimodal';
      readonly fastMs: number;
      readonly slowMs: number;
      readonly slowShare: number;
    }
  /** `k` under 1 has a long tail, over 1 a hump. */
  | { readonly shape: 'weibull'; readonly scaleMs: number; readonly k: number };

/** The latency that a share of the answers keeps within: the inverse of the distribution. */
export function quantile(latency: Latency, share: number): number {
  switch (latency.shape) {
    case 'exponential':
      return -latency.meanMs * Math.log1p(-share);
    case 'bimodal':
      return share < 1 - latency.slowShare ? latency.fastMs : latency.slowMs;
    case 'weibull':
      // Not by `**`: its last bit differs between Node.js 22 and 24.
      return latency.scaleMs * Math.exp(Math.log(-Math.log1p(-share)) / latency.k);
  }
}
