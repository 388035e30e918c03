import { type Engine, type EngineOptions, type Input, phases } from '../engine.ts';
import { load } from '../peers.ts';

interface Job {
  readonly data: Input & { readonly results?: readonly unknown[] };
  readonly returnvalue?: { readonly ok: boolean };
  updateData(data: Job['data']): Promise<void>;
}

interface Queue {
  add(name: string, data: object): Promise<unknown>;
  addBulk(jobs: readonly { name: string; data: object }[]): Promise<unknown>;
  getJobs(types: readonly string[], start: number, end: number): Promise<Job[]>;
  getJobCounts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

interface Worker {
  on(event: 'completed', listener: (job: Job) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface BullMq {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (
    name: string,
    process: (job: Job) => Promise<unknown>,
    options: object,
  ) => Worker;
}

async function connected({ address, packages }: EngineOptions) {
  const bullmq = await load<BullMq>(packages, 'bullmq');
  const [host, port] = address.split(':');
  return { bullmq, connection: { host, port: Number(port), maxRetriesPerRequest: null } };
}

const result = { ok: true };

/** Its best pattern: the three phases are steps of one job, each kept with `updateData`. */
export async function startBullMqSteps(options: EngineOptions): Promise<Engine> {
  const { concurrency, onDone, runPhase, works } = options;
  const { bullmq, connection } = await connected(options);
  const queue = new bullmq.Queue('steps', { connection });
  const process = async (job: Job) => {
    for (const phase of phases) {
      await runPhase(job.data.id, phase);
      if (phase < 3) {
        await job.updateData({ ...job.data, results: [...(job.data.results ?? []), result] });
      }
    }
    return result;
  };
  const workers = works
    ? [await started(bullmq, 'steps', process, concurrency, connection, onDone)]
    : [];
  return engineOn(queue, workers, (job) => job.data.results?.length === 2);
}

/** A job for each phase, which adds the next one. */
export async function startBullMqChained(options: EngineOptions): Promise<Engine> {
  const { concurrency, onDone, runPhase, works } = options;
  const { bullmq, connection } = await connected(options);
  const queues = phases.map((phase) => new bullmq.Queue(`phase-${phase}`, { connection }));
  const workers: Worker[] = [];
  for (const phase of works ? phases : []) {
    const process = async ({ data }: Job) => {
      await runPhase(data.id, phase);
      const results = [...(data.results ?? []), result];
      await queues[phase]?.add('phase', { ...data, results });
      return result;
    };
    const isLast = phase === 3;
    workers.push(
      await started(
        bullmq,
        `phase-${phase}`,
        process,
        concurrency,
        connection,
        isLast ? onDone : () => {},
      ),
    );
  }
  const [first, , last] = queues;
  if (first === undefined || last === undefined) throw new Error('there are no queues');
  const engine = engineOn(last, workers, (job) => job.data.results?.length === 2);
  const adding = engineOn(first, [], () => true);
  return {
    ...engine,
    submit: adding.submit,
    accepted: adding.accepted,
    close: async () => {
      await engine.close();
      for (const queue of queues) await queue.close();
    },
  };
}

async function started(
  bullmq: BullMq,
  name: string,
  process: (job: Job) => Promise<unknown>,
  concurrency: number,
  connection: object,
  onDone: (id: number) => void,
): Promise<Worker> {
  const worker = new bullmq.Worker(name, process, { connection, concurrency });
  // Told after the job is completed in Redis.
  worker.on('completed', ({ data }) => onDone(data.id));
  worker.on('error', (error) => console.error(error));
  await worker.waitUntilReady();
  return worker;
}

function engineOn(
  queue: Queue,
  workers: readonly Worker[],
  isWhole: (job: Job) => boolean,
): Engine {
  return {
    submit: async (inputs) => {
      const [only] = inputs;
      if (inputs.length === 1 && only !== undefined) await queue.add('workflow', only);
      else await queue.addBulk(inputs.map((data) => ({ name: 'workflow', data })));
    },
    finished: async () => {
      const jobs = await queue.getJobs(['completed'], 0, -1);
      return jobs.filter((job) => job.returnvalue?.ok === true && isWhole(job)).length;
    },
    accepted: async () =>
      Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0),
    close: async () => {
      for (const worker of workers) await worker.close();
      await queue.close();
    },
  };
}
