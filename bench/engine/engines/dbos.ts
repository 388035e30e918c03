import { type Engine, type EngineOptions, type Input, phases } from '../engine.ts';
import { load } from '../peers.ts';

interface Handle {
  getResult(): Promise<unknown>;
}

interface Dbos {
  setConfig(config: object): void;
  registerWorkflow<Args extends unknown[]>(
    run: (...args: Args) => Promise<unknown>,
    config: { name: string },
  ): (...args: Args) => Promise<unknown>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  startWorkflow<Args extends unknown[]>(
    target: (...args: Args) => Promise<unknown>,
    params?: object,
  ): (...args: Args) => Promise<Handle>;
  runStep<T>(run: () => Promise<T>, config: { name: string }): Promise<T>;
  listWorkflows(filter: object): Promise<{ readonly workflowID: string }[]>;
  listWorkflowSteps(id: string): Promise<readonly unknown[] | undefined>;
}

/** Workflows start where they are submitted: its queue would add a poll. The pool has 20 connections. */
export async function startDbos(options: EngineOptions): Promise<Engine> {
  const { address, onDone, packages, runPhase } = options;
  const { DBOS } = await load<{ DBOS: Dbos }>(packages, '@dbos-inc/dbos-sdk');
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: address,
    systemDatabasePoolSize: 20,
    logLevel: 'error',
    runAdminServer: false,
  });
  const workflow = DBOS.registerWorkflow(
    async (input: Input) => {
      for (const phase of phases) {
        await DBOS.runStep(
          async () => {
            await runPhase(input.id, phase);
            return { ok: true };
          },
          { name: `phase-${phase}` },
        );
      }
      return { ok: true };
    },
    { name: 'three-phases' },
  );
  await DBOS.launch();
  const listed = (status?: string) =>
    DBOS.listWorkflows({ limit: 1_000_000, ...(status === undefined ? {} : { status }) });
  return {
    submit: async (inputs) => {
      await Promise.all(
        inputs.map(async (input) => {
          const handle = await DBOS.startWorkflow(workflow)(input);
          handle.getResult().then(() => onDone(input.id), console.error);
        }),
      );
    },
    finished: async () => {
      let whole = 0;
      for (const { workflowID } of await listed('SUCCESS')) {
        const steps = await DBOS.listWorkflowSteps(workflowID);
        if (steps?.length === phases.length) whole += 1;
      }
      return whole;
    },
    accepted: async () => (await listed()).length,
    close: () => DBOS.shutdown(),
  };
}
