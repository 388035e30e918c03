import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type AgentRequest, ModuleAgent, type ModuleRun } from '@chimera/agents';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { seededRandom, VirtualClock } from '@chimera/policy';
import { defineWorkflow, type WorkflowDefinition, type WorkflowInput } from '@chimera/workflow';
import type { LimitRule, StoreWatch, WorkflowRecord } from '@chimera/workflow-store';
import { pino } from 'pino';
import { requestFor } from '../src/agents/request-for.ts';
import { chooser } from '../src/executor-pool/chooser.ts';
import { ExecutorPool } from '../src/executor-pool/executor-pool.ts';
import { PhaseRunner } from '../src/executor-pool/phase-runner.ts';
import type { Logger } from '../src/log.ts';
import { openState } from '../src/open-state.ts';
import { wakeWaiting } from '../src/wake-waiting.ts';

/** Pool, store and dead letters on a real SQLite file and a virtual clock; agents are functions. */
export async function smallDaemon(options: {
  readonly agents: Readonly<Record<string, ModuleRun>>;
  readonly definitions?: readonly WorkflowDefinition[];
  readonly size?: number;
  readonly leaseMs?: number;
  readonly minPriority?: number;
  readonly limits?: readonly LimitRule[];
  readonly path?: string;
  readonly watch?: StoreWatch;
  readonly log?: Logger;
  readonly holder?: string;
  readonly clock?: VirtualClock;
  readonly onOver?: (record: WorkflowRecord) => Promise<void>;
}) {
  const clock = options.clock ?? new VirtualClock(Date.UTC(2026, 0, 1));
  const path = options.path ?? join(mkdtempSync(join(tmpdir(), 'chimera-pool-')), 'chimera.db');
  /** Messages from `warn` up. */
  const warnings: string[] = [];
  const write = (line: string) => void warnings.push((JSON.parse(line) as { msg: string }).msg);
  const log = options.log ?? pino({ level: 'warn' }, { write });
  const { deadLetters, store } = await openState(path, 'crash', {
    clock,
    log,
    limits: options.limits ?? [],
    watch: options.watch ?? {},
  });
  const holder = options.holder ?? 'test';
  const breakers = new Map<string, CircuitBreaker>();
  const agents = new Map(
    Object.entries(options.agents).map(([name, run]) => {
      const breaker = new CircuitBreaker({ name }, { clock });
      breaker.subscribe((event) => {
        if (event.type === 'closed') void wakeWaiting(store, name, clock).then(() => pool.wake());
      });
      breakers.set(name, breaker);
      return [name, { agent: new ModuleAgent({ name, run }), breaker }] as const;
    }),
  );
  const onOthers = async (records: readonly WorkflowRecord[]) => {
    for (const { id, state } of records)
      if (state.status === 'running' && state.cancelRequested) pool.cancel(id);
  };
  const runner = new PhaseRunner({
    store,
    clock,
    random: seededRandom(1),
    log,
    agentFor: ({ agent }) => agents.get(agent ?? ''),
    prepare: (claim, phase, signal): Promise<AgentRequest> =>
      requestFor(
        claim,
        phase,
        { prepare: () => Promise.reject(new Error('no repositories here')) },
        signal,
      ),
    newChild: ({ input, workflow }, { priority }) => {
      const definition = options.definitions?.find(({ name }) => name === workflow);
      return definition && { definition, input, priority };
    },
    onOthers,
    keepWork: () => Promise.resolve(),
    onOver: options.onOver ?? (() => Promise.resolve()),
  });
  const pool: ExecutorPool = new ExecutorPool(
    { size: options.size ?? 2, holder, leaseMs: options.leaseMs ?? 30_000 },
    {
      store,
      clock,
      log,
      minPriority: () => options.minPriority ?? 0,
      onOthers,
      choose: chooser({
        clock,
        utilisation: () => pool.running / pool.target,
      }),
      runPhase: (claim, controller, recording) => runner.run(claim, controller, recording),
    },
  );
  return {
    breakers,
    clock,
    /** Moves the clock; what falls due on the way, and the commits it causes, are done before the next does. */
    advance: async (ms: number) => {
      const end = clock.monotonic() + ms;
      await commits();
      for (let at = clock.nextTimerAt; at !== undefined && at <= end; at = clock.nextTimerAt) {
        await clock.advance(at - clock.monotonic());
        await commits();
      }
      await clock.advance(end - clock.monotonic());
    },
    deadLetters,
    path,
    pool,
    warnings,
    store,
    submit: async (
      definition: WorkflowDefinition,
      input: AgentRequest['input'] = {},
      priority = 5,
      labels: Readonly<Record<string, string>> = {},
    ) => {
      const [submitted] = await store.submit([{ definition, input, priority, labels }]);
      if (submitted === undefined) throw new Error('nothing was submitted');
      pool.wake();
      return submitted.id;
    },
    state: async (id: string) => {
      const record = await store.get(id);
      if (record === undefined) throw new Error(`no workflow ${id}`);
      return record.state;
    },
  };
}

/** The store commits once per turn of the event loop; a phase takes a few such turns. */
async function commits(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await setImmediate();
}

export function workflowOf(phases: WorkflowInput['phases'], name = 'test'): WorkflowDefinition {
  return defineWorkflow({ name, phases });
}

/** plan, implement, validate, each by the agent of that name. */
export const threePhases: WorkflowDefinition = workflowOf([
  { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
  { name: 'implement', stage: 'implementation', agent: 'implementer', timeout: '10s' },
  {
    name: 'validate',
    stage: 'validation',
    agent: 'validator',
    timeout: '10s',
    onRejected: 'implement',
    maxVisits: 2,
  },
]);
