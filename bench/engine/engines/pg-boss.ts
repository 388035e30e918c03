import { type Engine, type EngineOptions, type Input, phases } from '../engine.ts';
import { load } from '../peers.ts';

type Data = Input & { readonly results?: readonly unknown[] };

interface Boss {
  on(event: 'error', listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string, options: object): Promise<void>;
  send(name: string, data: object): Promise<string | null>;
  insert(name: string, jobs: readonly { data: object }[]): Promise<unknown>;
  work(
    name: string,
    options: object,
    handler: (jobs: readonly { readonly data: Data }[]) => Promise<unknown>,
  ): Promise<string>;
  findJobs(name: string): Promise<{ readonly state: string; readonly data: Data }[]>;
}

/**
 * A queue for each phase; a whole batch hands over to the next with one insert. Workers are woken
 * by NOTIFY, poll as often as they may, and fetch on while batches are full.
 */
export async function startPgBoss(options: EngineOptions): Promise<Engine> {
  const { address, concurrency, onDone, packages, runPhase, works } = options;
  const { PgBoss } = await load<{ PgBoss: new (options: object) => Boss }>(packages, 'pg-boss');
  const boss = new PgBoss({
    connectionString: address,
    max: 10,
    useListenNotify: true,
    schedule: false,
  });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  for (const phase of phases) await boss.createQueue(nameOf(phase), { notify: true });
  for (const phase of works ? phases : []) {
    const polling = {
      batchSize: concurrency,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 0.5,
      burstWhenBatchFull: true,
    };
    // Two, so that one fetches while the other completes.
    await boss.work(nameOf(phase), { ...polling, localConcurrency: 2 }, async (jobs) => {
      await Promise.all(jobs.map(({ data }) => runPhase(data.id, phase)));
      if (phase === 3) {
        setImmediate(() => jobs.forEach(({ data }) => onDone(data.id)));
        return { ok: true };
      }
      const next = jobs.map(({ data }) => ({
        data: { ...data, results: [...(data.results ?? []), { ok: true }] },
      }));
      await boss.insert(nameOf(phase + 1), next);
      return { ok: true };
    });
  }
  return {
    submit: async (inputs) => {
      const [only] = inputs;
      if (inputs.length === 1 && only !== undefined) await boss.send(nameOf(1), only);
      else
        await boss.insert(
          nameOf(1),
          inputs.map((data) => ({ data })),
        );
    },
    finished: async () => {
      const jobs = await boss.findJobs(nameOf(3));
      return jobs.filter(({ data, state }) => state === 'completed' && data.results?.length === 2)
        .length;
    },
    accepted: async () => (await boss.findJobs(nameOf(1))).length,
    close: () => boss.stop({ graceful: false }),
  };
}

function nameOf(phase: number): string {
  return `phase-${phase}`;
}
