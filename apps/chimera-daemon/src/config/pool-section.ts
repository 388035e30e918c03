import { count, section } from './fields.ts';

export const poolSection = section({
  min: count.min(1).default(3),
  max: count.min(1).default(10),
  /** Slots at start; default `min`. */
  initial: count.min(1).optional(),
});
