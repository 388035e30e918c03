import type { Adapter } from './adapter.ts';
import { chimera } from './adapters/chimera.ts';
import { cockatiel } from './adapters/cockatiel.ts';
import { opossum } from './adapters/opossum.ts';
import { pRetryAdapter } from './adapters/p-retry.ts';

/** The columns of the scoreboard; ours first. */
export const adapters: readonly Adapter[] = [chimera, cockatiel, opossum, pRetryAdapter];
