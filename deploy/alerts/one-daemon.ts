/** The daemon of the alerts' cases, as Prometheus labels it. */
export const labels = { job: 'chimera', instance: 'a' };
/** The same in a selector. */
export const at = 'job="chimera",instance="a"';
