import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type RunReport, simulatedRun } from './simulated-run.ts';

export interface WorkerTask {
  /** Seeds: the first, the one that is too large, and the step between them. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly directory: string;
  readonly template: string;
}

export interface WorkerNews {
  readonly seed: number;
  readonly report: RunReport;
}

const { directory, from, step, template, to } = workerData as WorkerTask;

for (let seed = from; seed < to; seed += step) {
  const report = await simulatedRun({ seed, directory: join(directory, `seed-${seed}`), template });
  const news: WorkerNews = { seed, report };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(news);
}
