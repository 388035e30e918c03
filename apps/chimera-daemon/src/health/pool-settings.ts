import type { Config } from '../config/schema.ts';

/** The settings of the pool's size, as they are in effect. */
export interface PoolSettings {
  readonly pool: { readonly min: number; readonly max: number; readonly initial: number };
  readonly autoscaler: boolean;
}

export function poolSettings({
  autoscaler,
  pool,
}: Pick<Config, 'autoscaler' | 'pool'>): PoolSettings {
  const { initial, max, min } = pool;
  return { pool: { min, max, initial: initial ?? min }, autoscaler: autoscaler.enabled };
}

/** The one that says how many slots there are at most, and the least that it may be. */
export function mostSlots({ autoscaler, pool }: PoolSettings): {
  readonly path: 'pool.initial' | 'pool.max';
  readonly value: number;
  readonly least: number;
} {
  // Bounds are the autoscaler's.
  return autoscaler
    ? { path: 'pool.max', value: pool.max, least: pool.min }
    : { path: 'pool.initial', value: pool.initial, least: 1 };
}
