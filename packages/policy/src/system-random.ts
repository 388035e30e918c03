import type { Random } from './clock.ts';

export const systemRandom: Random = () => Math.random();
