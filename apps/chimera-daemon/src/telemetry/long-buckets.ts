/** Seconds, from 10 ms to 4 h: phases and workflows of agents, and their waits. */
export const longBuckets: readonly number[] = [
  0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400,
];
