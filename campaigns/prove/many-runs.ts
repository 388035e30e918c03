import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { mergeVerdicts, type Verdict } from '@chimera/proving/history';
import type { WorkerNews, WorkerTask } from './run-worker.ts';

export interface ManyRuns extends Verdict {
  readonly runs: number;
  readonly commits: number;
  readonly batches: number;
  readonly kills: number;
  readonly faults: number;
  readonly agentRuns: number;
  /** The smallest seed of a run that broke a law. */
  readonly failedSeed: number | undefined;
}

/** Runs of consecutive seeds, on all cores. */
export async function manyRuns(
  {
    runs,
    seed,
    ...place
  }: { readonly runs: number; readonly seed: number } & Pick<WorkerTask, 'directory' | 'template'>,
  onNews: (news: WorkerNews, done: number) => void = () => undefined,
): Promise<ManyRuns> {
  const all: WorkerNews[] = [];
  const step = Math.max(1, Math.min(runs, availableParallelism()));
  const workers = Array.from({ length: step }, (_, index) => {
    const task: WorkerTask = { from: seed + index, to: seed + runs, step, ...place };
    const worker = new Worker(new URL('run-worker.ts', import.meta.url), { workerData: task });
    worker.on('message', (news: WorkerNews) => {
      all.push(news);
      onNews(news, all.length);
    });
    return once(worker, 'exit');
  });
  await Promise.all(workers);
  const sum = (of: (news: WorkerNews) => number) =>
    all.reduce((total, news) => total + of(news), 0);
  const failed = all.filter(({ report }) => report.violations.length > 0);
  return {
    ...mergeVerdicts(all.map(({ report }) => report)),
    runs: all.length,
    commits: sum(({ report }) => report.commits),
    batches: sum(({ report }) => report.batches),
    kills: sum(({ report }) => report.kills),
    faults: sum(({ report }) => report.faults),
    agentRuns: sum(({ report }) => report.agentRuns),
    failedSeed: failed.length === 0 ? undefined : Math.min(...failed.map((news) => news.seed)),
  };
}
