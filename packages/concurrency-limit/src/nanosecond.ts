/** In ms. Sums of fractions are not exact; less than this is nothing. */
export const nanosecond = 1e-6;
