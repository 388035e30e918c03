/** What is tried. Each has a scenario of its own in `scenarios/`, except `together`, which needs several. */
export interface Subject {
  readonly name: string;
  /** What a user may import. */
  readonly entries: readonly string[];
  /** False for a package that reads the machine: it has no place in a browser. */
  readonly isForBrowsers: boolean;
}

const browserSafe = (name: string, ...paths: readonly string[]): Subject => ({
  name,
  entries: ['', ...paths].map((path) => `@chimera/${name}${path}`),
  isForBrowsers: true,
});

export const subjects: readonly Subject[] = [
  browserSafe('policy'),
  browserSafe('retry-policy'),
  browserSafe('circuit-breaker', '/store-laws'),
  browserSafe('concurrency-limit'),
  { name: 'together', entries: [], isForBrowsers: true },
  // Not `/simulate`: it reads traces from files.
  browserSafe('pool-autoscaler'),
  browserSafe('intelligent-scheduler'),
  browserSafe('workflow'),
  {
    name: 'graceful-degradation',
    entries: ['@chimera/graceful-degradation'],
    isForBrowsers: false,
  },
];
