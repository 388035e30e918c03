import type { Study } from './study.ts';
import { queues } from './studies/queues.ts';

/** Everything that the certificate covers. */
export const studies: Readonly<Record<string, Study>> = { queues };
