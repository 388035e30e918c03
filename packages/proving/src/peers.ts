export { cockatiel, type CockatielPolicy } from './peers/cockatiel.ts';
export { opossum, type OpossumBreaker } from './peers/opossum.ts';
export { pRetry } from './peers/p-retry.ts';
