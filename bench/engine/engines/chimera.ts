import { join } from 'node:path';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { systemClock, systemRandom } from '@chimera/policy';
import { defineWorkflow } from '@chimera/workflow';
import type { WorkflowStore } from '@chimera/workflow-store';
import { requestFor } from '../../../apps/chimera-daemon/src/agents/request-for.ts';
import { chooser } from '../../../apps/chimera-daemon/src/executor-pool/chooser.ts';
import { openState } from '../../../apps/chimera-daemon/src/open-state.ts';
import { claimed, type Engine, type EngineOptions, type Input, phases } from '../engine.ts';

const definition = defineWorkflow({
  name: 'three-phases',
  phases: [
    { name: 'phase-1', stage: 'planning', agent: 'bench', timeout: '1m' },
    { name: 'phase-2', stage: 'implementation', agent: 'bench', timeout: '1m' },
    { name: 'phase-3', stage: 'validation', agent: 'bench', timeout: '1m' },
  ],
});

/**
 * The daemon's own store, queue order, pool, breaker and phase runner, with an agent in the same
 * process; without its HTTP server and control loops. Like all candidates it writes no log.
 */
export async function startChimera(options: EngineOptions): Promise<Engine> {
  const { concurrency, folder, onDone, runPhase, works } = options;
  const clock = systemClock;
  const log = createLog('warn');
  const { store } = await openState(join(folder, 'chimera.db'), 'power-loss', {
    clock,
    log,
    writerThread: true,
  });
  const agent = {
    name: 'bench',
    run: async ({ input, phase }: { readonly input: object; readonly phase: string }) => {
      await runPhase((input as Input).id, Number(phase.at(-1)));
      return { outcome: 'succeeded', output: { ok: true } } as const;
    },
  };
  const breaker = new CircuitBreaker({ name: 'bench' });
  const noWorkspaces = {
    prepare: async () => {
      throw new Error('no workflow of this benchmark names a repository');
    },
  };
  const lease = { holder: 'bench', leaseMs: 15_000 };
  const pool = scheduledPool(
    { size: concurrency, ...lease },
    {
      store,
      clock,
      random: systemRandom,
      log,
      minPriority: () => 0,
      agentFor: () => ({ agent, breaker }),
      prepare: (claim, phase, signal) => requestFor(claim, phase, noWorkspaces, signal),
      keepWork: async () => undefined,
      newChild: () => undefined,
      onOthers: () => Promise.resolve(),
      onOver: async ({ input }) => onDone((input as unknown as Input).id),
    },
  );
  // For claims of the benchmark's own, without the pool.
  const choose = chooser({ clock, utilisation: () => 0 });
  if (works) pool.start();
  return {
    claim: async () => {
      await store.claim({ ...lease, limit: claimed, choose });
    },
    resize: (slots) => pool.resize(slots),
    submit: async (inputs) => {
      const submitting = store.submit(
        inputs.map((input) => ({ definition, input: { ...input }, priority: 5 })),
      );
      // As the daemon's service does.
      pool.wake();
      await submitting;
    },
    finished: () => finished(store),
    accepted: async () => Object.values(await store.counts()).reduce((sum, n) => sum + n, 0),
    close: async () => {
      await pool.stop(0);
      await store.close();
    },
  };
}

/** Completed workflows; throws unless the event log has a succeeded run of each of their phases. */
async function finished(store: WorkflowStore): Promise<number> {
  const { completed } = await store.counts();
  const { recorded } = await store.db
    .selectFrom('workflow_events')
    .where('type', '=', 'phase-succeeded')
    .select(({ fn }) => fn.countAll<number>().as('recorded'))
    .executeTakeFirstOrThrow();
  if (recorded < completed * phases.length) {
    throw new Error(`${completed} workflows have completed, with ${recorded} phases recorded`);
  }
  return completed;
}
