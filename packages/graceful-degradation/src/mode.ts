/** How much is given up, from nothing to all but the most important work. */
export type Mode = 'normal' | 'degraded' | 'survival';

/** 0 is the healthiest. */
export const severity: Readonly<Record<Mode, 0 | 1 | 2>> = { normal: 0, degraded: 1, survival: 2 };
