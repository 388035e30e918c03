export interface Scenario {
  readonly name: string;
  readonly kind: 'run' | 'submit' | 'idle' | 'backlog';
  readonly concurrency: number;
  /** How long a phase takes. */
  readonly phaseMs: number;
  /** Callers that submit at the same time, each when its last submit was acknowledged. */
  readonly callers: number;
  /** Workflows in one submit. */
  readonly batch: number;
  /** Only these candidates. Default all. */
  readonly only?: readonly string[];
}

const run = (phaseMs: number, concurrency: number): Scenario => ({
  name: `${phaseMs === 0 ? 'no-op' : `${phaseMs} ms`} phases at c = ${concurrency}`,
  kind: 'run',
  concurrency,
  phaseMs,
  callers: concurrency,
  batch: 1,
});

const submit = (name: string, callers: number, batch: number): Scenario => ({
  name: `submit ${name}`,
  kind: 'submit',
  concurrency: 100,
  phaseMs: 0,
  callers,
  batch,
});

export const scenarios: readonly Scenario[] = [
  ...[0, 1].flatMap((phaseMs) => [10, 100, 1_000].map((concurrency) => run(phaseMs, concurrency))),
  submit('one by one', 1, 1),
  submit('from 100 callers', 100, 1),
  submit('in batches of 100', 1, 100),
  { ...run(0, 10), name: 'idle submit to start', kind: 'idle', callers: 1 },
  { ...run(0, 100), name: 'backlog', kind: 'backlog', only: ['chimera'], batch: 1_000 },
];
