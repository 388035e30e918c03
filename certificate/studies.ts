import type { Study } from './study.ts';
import { collapse } from './studies/collapse.ts';
import { delayedScaling } from './studies/delayed-scaling.ts';
import { jitter } from './studies/jitter.ts';
import { limits } from './studies/limits.ts';
import { queues } from './studies/queues.ts';
import { retries } from './studies/retries.ts';
import { sharedBreaker } from './studies/shared-breaker.ts';
import { throttling } from './studies/throttling.ts';

/** Everything that the certificate covers. */
export const studies: Readonly<Record<string, Study>> = {
  jitter,
  collapse,
  retries,
  throttling,
  breakers: sharedBreaker,
  limits,
  queues,
  scaling: delayedScaling,
};
