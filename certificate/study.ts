import type { Row } from './row.ts';

/** How much is played: `small` for the test suite, `full` for the certificate. */
export type Extent = 'small' | 'full';

/** A published result, played again. */
export type Study = (extent: Extent) => Promise<readonly Row[]>;
