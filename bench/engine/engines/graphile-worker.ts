import { type Engine, type EngineOptions, type Input, phases } from '../engine.ts';
import { load } from '../peers.ts';

type Data = Input & { readonly results?: readonly unknown[] };

interface Utils {
  addJob(name: string, payload: object): Promise<unknown>;
  addJobs(jobs: readonly { identifier: string; payload: object }[]): Promise<unknown>;
  withPgClient<T>(run: (client: Client) => Promise<T>): Promise<T>;
  migrate(): Promise<void>;
  release(): Promise<void>;
}

interface Client {
  query(text: string): Promise<{ readonly rows: readonly { readonly count: string }[] }>;
}

interface Runner {
  stop(): Promise<void>;
}

interface GraphileWorker {
  readonly makeWorkerUtils: (options: object) => Promise<Utils>;
  readonly run: (options: object) => Promise<Runner>;
  readonly Logger: new (factory: () => () => void) => object;
}

type Task = (
  data: Data,
  helpers: { addJob(name: string, payload: object): Promise<unknown> },
) => Promise<void>;

/**
 * A job for each phase, which adds the next one; with the local queue and batched completion of
 * its performance guide, and woken by NOTIFY. It deletes what is done: the last phase counts as
 * recorded once its job is gone.
 */
export async function startGraphileWorker(options: EngineOptions): Promise<Engine> {
  const { address, concurrency, onDone, packages, runPhase, works } = options;
  const { Logger, makeWorkerUtils, run } = await load<GraphileWorker>(packages, 'graphile-worker');
  const logger = new Logger(() => () => {});
  const shared = { connectionString: address, maxPoolSize: 12, logger };
  const utils = await makeWorkerUtils(shared);
  await utils.migrate();
  let whole = 0;
  const taskOf =
    (phase: number): Task =>
    async (data, helpers) => {
      await runPhase(data.id, phase);
      const results = [...(data.results ?? []), { ok: true }];
      if (phase < 3) {
        await helpers.addJob(`phase-${phase + 1}`, { ...data, results });
        return;
      }
      if (results.length === 3) whole += 1;
      setImmediate(() => onDone(data.id));
    };
  const runner = works
    ? await run({
        ...shared,
        concurrency,
        noHandleSignals: true,
        pollInterval: 100,
        taskList: Object.fromEntries(phases.map((phase) => [`phase-${phase}`, taskOf(phase)])),
        preset: {
          worker: {
            localQueue: { size: Math.max(concurrency, 100), refetchDelay: { durationMs: 10 } },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      })
    : undefined;
  const left = async () => {
    const { rows } = await utils.withPgClient((client) =>
      client.query('select count(*) from graphile_worker._private_jobs'),
    );
    return Number(rows[0]?.count);
  };
  return {
    submit: async (inputs) => {
      const [only] = inputs;
      if (inputs.length === 1 && only !== undefined) await utils.addJob('phase-1', only);
      else {
        await utils.addJobs(inputs.map((payload) => ({ identifier: 'phase-1', payload })));
      }
    },
    finished: async () => whole - (await left()),
    accepted: left,
    close: async () => {
      await runner?.stop();
      await utils.release();
    },
  };
}
