import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GitWorkspaces } from '@chimera/agents';
import type { DaemonStatus, PoolState } from '@chimera/client';
import { GracefulDegradation } from '@chimera/graceful-degradation';
import { type Clock, Listeners, systemClock, systemRandom } from '@chimera/policy';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import type { WorkflowRecord } from '@chimera/workflow-store';
import { AgentRegistry } from './agents/agent-registry.ts';
import { BreakerKeeper } from './agents/breaker-keeper.ts';
import { discardWorkspace } from './agents/discard-workspace.ts';
import { requestFor } from './agents/request-for.ts';
import { autoscalerOptions } from './config/autoscaler-section.ts';
import { degradationOptions } from './config/degradation-section.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Config } from './config/schema.ts';
import { AwakeClock } from './control/awake-clock.ts';
import { backUp } from './back-up.ts';
import { breakerDecisions } from './control/breaker-decisions.ts';
import { DecisionLog } from './control/decision-log.ts';
import { readDemand } from './control/demand.ts';
import { DegradationLoop } from './control/degradation-loop.ts';
import { machineReader } from './control/machine-reader.ts';
import { ScalingLoop } from './control/scaling-loop.ts';
import { WorkEstimates } from './control/work-estimates.ts';
import { defined } from './defined.ts';
import { loadDefinitions } from './definitions/load-definitions.ts';
import type { ExecutorPool, StopReport } from './executor-pool/executor-pool.ts';
import { PauseKeeper } from './executor-pool/pause-keeper.ts';
import { scheduledPool } from './executor-pool/scheduled-pool.ts';
import { createServer } from './http/create-server.ts';
import { listen } from './http/listen.ts';
import { DaemonHealth } from './health/daemon-health.ts';
import type { Logger } from './log.ts';
import { type DurableState, openState } from './open-state.ts';
import { markerText, recover } from './recover.ts';
import { Retention } from './retention/retention.ts';
import { Schedules } from './schedules/schedules.ts';
import { schedulesFrom } from './schedules/schedules-from.ts';
import { Service } from './service.ts';
import { DaemonTelemetry } from './telemetry/daemon-telemetry.ts';
import { observeStore } from './telemetry/observed-store.ts';
import { agentTraceparent, inPhaseScope } from './telemetry/phase-scope.ts';
import { StateSampler } from './telemetry/state-sampler.ts';
import { type AgentCall, WatchedAgent } from './telemetry/watched-agent.ts';
import { Shutdown } from './shutdown.ts';
import { startTracer } from './tracing/start-tracer.ts';
import { version } from './version.ts';
import { wakeWaiting } from './wake-waiting.ts';

export interface DaemonDeps {
  readonly log: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

export interface Daemon {
  readonly url: string;
  /** Stops claiming, lets phases finish for `shutdown.grace`, then kills them and returns their workflows to the queue. */
  stop(): Promise<StopReport>;
  /** Resolves when it has stopped, whoever asked for it: `stop`, or an operator's drain. */
  readonly stopped: Promise<StopReport>;
  /** Ends running phases now: the grace period of a stop is over. */
  interrupt(): void;
}

/** Opens the database, recovers what a crash left, and starts. The one place that knows every part. */
export async function startDaemon(loaded: LoadedConfig, deps: DaemonDeps): Promise<Daemon> {
  const { config, directory } = loaded;
  const database = resolve(directory, config.database.path);
  const { clock = systemClock, log } = deps;
  const telemetry = new DaemonTelemetry({ clock });
  try {
    const state = await openState(database, config.database.durability, {
      clock,
      log,
      onCommit: telemetry.committed,
    });
    try {
      return await start(loaded, database, state, telemetry, deps);
    } catch (error) {
      await state.store.close();
      throw error;
    }
  } catch (error) {
    telemetry.stop();
    throw error;
  }
}

async function start(
  { config, directory, file }: LoadedConfig,
  database: string,
  { deadLetters, store: opened }: DurableState,
  telemetry: DaemonTelemetry,
  { clock = systemClock, environment, log }: DaemonDeps,
): Promise<Daemon> {
  const startedAt = clock.monotonic();
  const ended = new Listeners<string>();
  const store = observeStore(opened, (news) => {
    telemetry.note(news);
    tracer?.note(news);
    if (news.type === 'applied' && news.applied?.record.finishedAt !== undefined)
      ended.emit(news.request.workflowId);
  });
  // However the file was named: leftovers are looked for under the name that its lock has, too.
  const marker = { database: realpathSync(database), instance: randomUUID() };
  const { endpoint } = config.tracing;
  const tracer =
    endpoint === undefined
      ? undefined
      : await startTracer(endpoint, marker.instance, { store: opened, log });
  const decisions = new DecisionLog({ log, store });
  decisions.subscribe(telemetry.decided);
  const workspacesDirectory = resolve(directory, config.workspaces.directory);
  const workspaces = new GitWorkspaces({
    directory: workspacesDirectory,
    environment,
    marker: markerText(marker),
    clock,
  });
  const decideOnBreakers = breakerDecisions(decisions);
  const agents = await AgentRegistry.load(config, directory, {
    clock,
    environment,
    workspaces,
    marker: markerText(marker),
    onGateClosed: (agent, { because, until }) =>
      log.warn(
        { component: 'rate-limit', agent, until },
        `its provider limits the rate; its work waits: ${because}`,
      ),
    onBreakerEvent: (agent, event) => {
      telemetry.breakerEvent(agent, event);
      decideOnBreakers(agent, event);
    },
    onBreakerClosed: (agent) => {
      wakeWaiting(store, agent, clock).then(
        () => pool.wake(),
        (error: unknown) =>
          log.error(
            { err: error, component: 'circuit-breaker', agent },
            'waiting workflows were not woken',
          ),
      );
    },
  });
  const breakers = new BreakerKeeper(agents.breakers, { store, clock, log });
  await breakers.restore();
  const definitions = loadDefinitions(config.workflows, directory, agents.names);
  const submittable = { definitions, agents: agents.names };
  const recurring = schedulesFrom(config.schedules, submittable, file ?? 'settings');
  await telemetry.history.load(store);
  await recover(store, marker, { clock, log });

  const awake = new AwakeClock(clock, longestGapMs(config));
  const degradation = config.degradation.enabled
    ? new GracefulDegradation(degradationOptions(config.degradation), { clock: awake })
    : undefined;
  const initialSize = config.pool.initial ?? config.pool.min;
  const estimates = new WorkEstimates({ store, clock, log });
  await estimates.load();
  const discard = (record: WorkflowRecord) => discardWorkspace(record, workspaces, log);
  const agentCalled = (call: AgentCall) => {
    telemetry.agentJob(call);
    tracer?.agentCalled(call);
  };
  const onOthers = async (records: readonly WorkflowRecord[]): Promise<void> => {
    for (const { id, state } of records)
      if (state.status === 'running' && state.cancelRequested) pool.cancel(id);
    await Promise.all(
      records.filter(({ state }) => state.status === 'cancelled').map((record) => discard(record)),
    );
  };
  const pool: ExecutorPool = scheduledPool(
    { size: initialSize, holder: marker.instance, leaseMs: config.lease.ttl },
    {
      gates: agents.gates,
      store,
      clock,
      random: systemRandom,
      log,
      minPriority: () => degradation?.limits(initialSize).priorityFloor ?? 0,
      agentFor: (phase) => {
        const found = agents.forPhase(phase);
        if (found === undefined) return undefined;
        return {
          ...found,
          agent: new WatchedAgent(found.agent, { clock, tell: agentCalled }),
        };
      },
      prepare: async (claim, phase, signal) => {
        const request = await requestFor(claim, phase, workspaces, signal);
        const traceparent = agentTraceparent();
        return traceparent === undefined ? request : { ...request, traceparent };
      },
      newChild: ({ input, workflow }, { labels, priority }) => {
        const definition = definitions.get(workflow);
        if (definition === undefined) return undefined;
        return {
          definition,
          input,
          priority,
          ...defined({ assumedMs: estimates.of(workflow), labels }),
        };
      },
      onOthers,
      keepWork: (workspace, { name }, signal) =>
        workspaces.commitAll(workspace, `Phase ${name}`, signal),
      onOver: async (record) => {
        await Promise.all([estimates.observe(record), discard(record)]);
      },
      around: (claim, run) =>
        inPhaseScope(claim, () => {
          telemetry.phaseStarted();
          return run();
        }),
    },
  );
  const pause = new PauseKeeper({ store, pool, clock, log });
  await pause.restore();
  const scaling = new ScalingLoop(initialSize, config.autoscaler.interval, {
    pool,
    readDemand: async () => {
      // A queue that may not move says nothing about the slots that it needs.
      if (pool.isPaused) return { queued: 0, blocked: 'the pool is paused' };
      return readDemand({ store, refusing: () => agents.refusing() });
    },
    autoscaler: config.autoscaler.enabled
      ? new PoolAutoscaler(autoscalerOptions(config.autoscaler, config.pool), { clock: awake })
      : undefined,
    degradation,
    decisions,
    clock: awake,
    log,
  });
  const loops: { start(): void; stop(): void }[] = [scaling];
  if (degradation !== undefined) {
    const { interval, memoryLimitBytes } = config.degradation;
    const watched = { memoryLimitBytes, marker: markerText(marker) };
    loops.push(
      new DegradationLoop(interval, {
        degradation,
        readSignals: machineReader(watched, { clock, log }),
        onObserved: () => scaling.applyLimits(),
        decisions,
        clock: awake,
        log,
      }),
    );
  }

  telemetry.attach({
    pool,
    baseline: () => scaling.baseline,
    mode: () => degradation?.mode ?? 'normal',
    agents: () => agents.statuses(),
    sampler: new StateSampler({ store, deadLetters, clock }),
  });
  const uptimeMs = () => Math.round(clock.monotonic() - startedAt);
  const health = new DaemonHealth({
    agents,
    config,
    degradation,
    database,
    telemetry,
    isDraining: () => pool.isStopping,
    uptimeMs,
    clock,
    awake,
    log,
  });
  const describe = (): Omit<DaemonStatus, 'workflows' | 'deadLetters' | keyof PoolState> => ({
    version,
    node: config.node,
    instance: marker.instance,
    pid: process.pid,
    uptimeMs: uptimeMs(),
    pool: { size: scaling.baseline, target: pool.target, running: pool.running },
    autoscaler: { lastDecision: scaling.lastDecision ?? null },
    degradation: {
      mode: degradation?.mode ?? 'normal',
      reason:
        degradation === undefined || degradation.mode === 'normal'
          ? null
          : degradation.state.reason,
      since: Math.round(clock.now() - (awake.monotonic() - (degradation?.state.enteredAt ?? 0))),
      priorityFloor: degradation?.limits(initialSize).priorityFloor ?? 0,
      memory: degradation?.state.smoothed.memory ?? null,
      cpu: degradation?.state.smoothed.cpu ?? null,
    },
    agents: agents.statuses(),
  });
  const shutdown = new Shutdown({
    pool,
    clock,
    log,
    onBegin: async () => {
      for (const loop of loops) loop.stop();
      service.redrives.stop();
      await Promise.all([schedules.stop(), retention.stop()]);
    },
    close: async () => {
      await http.close();
      await breakers.stop();
      await tracer?.stop();
      await store.close();
      telemetry.stop();
    },
  });
  const service = new Service({
    agents: agents.names,
    clock,
    deadLetters,
    decisions,
    definitions,
    degradation,
    describe,
    estimates,
    onOver: discard,
    onOthers,
    pause,
    pool,
    shutdown,
    store,
  });
  const schedules = new Schedules(recurring, {
    store,
    cancel: (id, reason) => service.cancel(id, reason),
    onSubmitted: () => pool.wake(),
    assumedMs: (definition) => estimates.of(definition),
    clock,
    log,
  });
  ended.subscribe((id) => schedules.ended(id));
  const retention = new Retention(config.retention, {
    store,
    deadLetters,
    // Only what is there: most worktrees went when their workflows ended.
    discard: async (workflow) => {
      if (existsSync(join(workspacesDirectory, workflow.id)))
        await discardWorkspace(workflow, workspaces, log);
    },
    clock,
    log,
  });
  const http = createServer({
    service,
    schedules,
    backUp: (path) => backUp(path, { store, database: marker.database, clock, log }),
    telemetry,
    health,
    clock,
    log,
    bodyLimitBytes: config.http.bodyLimitBytes,
    host: config.http.host,
  });
  const url = await listen(http, config.http);
  loops.push(health);

  for (const loop of loops) loop.start();
  pool.start();
  await schedules.start();
  retention.start();
  log.info({ component: 'daemon', url, database, slots: initialSize }, 'started');
  return {
    url,
    interrupt: () => {
      void shutdown.begin('stopping', 0);
    },
    stop: () => {
      void shutdown.begin('stopping', config.shutdown.grace);
      return shutdown.finished;
    },
    stopped: shutdown.finished,
  };
}

/** Control loops that were held up for longer have not run: their machine slept, or they were stopped. */
function longestGapMs({ autoscaler, degradation }: Config): number {
  return Math.max(15_000, 3 * autoscaler.interval, 3 * degradation.interval);
}
