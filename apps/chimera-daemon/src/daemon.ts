import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GitWorkspaces } from '@chimera/agents';
import { GracefulDegradation } from '@chimera/graceful-degradation';
import { type Clock, Listeners, systemClock } from '@chimera/policy';
import type { WorkflowRecord } from '@chimera/workflow-store';
import { BreakerKeeper } from './agents/breaker-keeper.ts';
import { checkModules } from './agents/check-modules.ts';
import { discardWorkspace } from './agents/discard-workspace.ts';
import { backUp } from './back-up.ts';
import { degradationOptions } from './config/degradation-section.ts';
import { limitRules } from './config/limits-section.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { AwakeClock } from './control/awake-clock.ts';
import { DecisionLog } from './control/decision-log.ts';
import { WorkEstimates } from './control/work-estimates.ts';
import { DeadLetterDesk } from './dead-letters/dead-letter-desk.ts';
import { describeDaemon } from './describe-daemon.ts';
import type { StopReport } from './executor-pool/executor-pool.ts';
import { PauseKeeper } from './executor-pool/pause-keeper.ts';
import { WriteWatch } from './health/write-watch.ts';
import { DaemonHealth } from './health/daemon-health.ts';
import { createServer } from './http/create-server.ts';
import { listen } from './http/listen.ts';
import { linesOf, type Logger } from './log.ts';
import { workflowLog } from './logging/workflow-log.ts';
import { type DurableState, openState } from './open-state.ts';
import { PerformanceProfiler } from './profiling/performance-profiler.ts';
import { markerText, recover } from './recover.ts';
import { Retention } from './retention/retention.ts';
import { Schedules } from './schedules/schedules.ts';
import { Service } from './service.ts';
import { Shutdown } from './shutdown.ts';
import { DaemonTelemetry } from './telemetry/daemon-telemetry.ts';
import { endedWorkflows } from './telemetry/ended-workflows.ts';
import { logMetrics } from './telemetry/log-metrics.ts';
import { StateSampler } from './telemetry/state-sampler.ts';
import { StoreWatchers } from './telemetry/store-watchers.ts';
import { startTracer } from './tracing/start-tracer.ts';
import { wireAgents } from './wire-agents.ts';
import { longestGapMs, wireControl } from './wire-control.ts';
import { wirePool } from './wire-pool.ts';

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
  await checkModules(loaded);
  const telemetry = new DaemonTelemetry({ clock });
  logMetrics(telemetry.registry, () => linesOf(log)?.sink.lost ?? 0);
  const watch = new StoreWatchers();
  watch.add(telemetry);
  try {
    const state = await openState(database, config.database.durability, {
      clock,
      limits: limitRules(config.limits),
      maxReplays: config.deadLetters.maxReplays,
      log,
      onCommit: (commit) => telemetry.committed(commit),
      watch,
      writerThread: true,
    });
    try {
      return await start(loaded, database, { ...state, watch }, telemetry, deps);
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
  loaded: LoadedConfig,
  database: string,
  { deadLetters, store, watch }: DurableState & { readonly watch: StoreWatchers },
  telemetry: DaemonTelemetry,
  { clock = systemClock, environment, log }: DaemonDeps,
): Promise<Daemon> {
  const { config, definitions, directory } = loaded;
  const startedAt = clock.monotonic();
  const uptimeMs = () => Math.round(clock.monotonic() - startedAt);
  // However the file was named: leftovers are looked for under the name that its lock has, too.
  const lock = { database: realpathSync(database), instance: randomUUID() };
  const marker = markerText(lock);

  // What is watched while work flows.
  const { endpoint } = config.tracing;
  const tracer =
    endpoint === undefined
      ? undefined
      : await startTracer(endpoint, lock.instance, {
          store,
          timings: telemetry.timings,
          log,
        });
  const ended = new Listeners<string>();
  const writes = new WriteWatch(store);
  watch.add({ refused: (error) => writes.refused(error) });
  watch.add(endedWorkflows(({ id }) => ended.emit(id)));
  watch.add(workflowLog(log, clock));
  if (tracer !== undefined) watch.add(tracer.watch);
  const decisions = new DecisionLog({ log, store });
  decisions.subscribe(telemetry.decided);

  // Who does the work, and what work there is.
  const worktrees = resolve(directory, config.workspaces.directory);
  const workspaces = new GitWorkspaces({ directory: worktrees, environment, marker, clock });
  const discard = (record: Pick<WorkflowRecord, 'id' | 'input'>) =>
    discardWorkspace(record, workspaces, log);
  const agents = await wireAgents(loaded, {
    store,
    workspaces,
    environment,
    marker,
    telemetry,
    decisions,
    isRestored: () => breakers.isRestored,
    onWoken: () => pool.wake(),
    clock,
    log,
  });
  const breakers = new BreakerKeeper(agents.breakers, { store, clock, log });
  await breakers.restore();
  await telemetry.history.load(store);
  const moved = await recover(store, lock, { clock, log });
  const estimates = new WorkEstimates({ store, clock, log });
  await estimates.load();

  // The pool that runs it, and what moves the pool's size.
  const awake = new AwakeClock(clock, longestGapMs(config));
  const degradation = config.degradation.enabled
    ? new GracefulDegradation(degradationOptions(config.degradation), { clock: awake })
    : undefined;
  const initialSize = config.pool.initial ?? config.pool.min;
  const { onOthers, pool } = wirePool(
    { size: initialSize, holder: lock.instance, leaseMs: config.lease.ttl },
    {
      store,
      agents,
      definitions,
      workspaces,
      estimates,
      degradation,
      onCalled: (call) => {
        telemetry.agentCalled(call);
        tracer?.agentCalled(call);
      },
      onRecorded: (attempt) => telemetry.recorded(attempt),
      discard,
      clock,
      log,
    },
  );
  await onOthers(moved);
  const pause = new PauseKeeper({ store, pool, clock, log });
  await pause.restore();
  const control = { pool, store, agents, degradation, decisions, marker, clock, awake, log };
  const { degrading, scaling } = wireControl(initialSize, config, control);
  telemetry.attach({
    pool,
    baseline: () => scaling.baseline,
    mode: () => degradation?.mode ?? 'normal',
    agents: () => agents.statuses(),
    sampler: new StateSampler({ store, deadLetters, path: database, clock }),
  });

  // What answers, starts by the clock, cleans up, and ends it all.
  const isDraining = () => pool.isStopping;
  const watched = {
    agents,
    config,
    writes,
    store,
    degradation,
    database,
    telemetry,
    isDraining,
    isPaused: () => pause.current !== null,
    uptimeMs,
  };
  const health = new DaemonHealth({ ...watched, clock, awake, log });
  const loops = [scaling, ...(degrading === undefined ? [] : [degrading]), health];
  const described = {
    node: config.node,
    instance: lock.instance,
    isScaling: config.autoscaler.enabled,
    uptimeMs,
  };
  const shutdown = new Shutdown({
    pool,
    clock,
    log,
    onBegin: async () => {
      for (const loop of loops) loop.stop();
      desk.redrives.stop();
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
    definitions,
    clock,
    deadLetters,
    decisions,
    degradation,
    describe: () =>
      describeDaemon({ ...described, pool, scaling, degradation, agents, clock, awake }),
    estimates,
    onOver: discard,
    onOthers,
    pause,
    pool,
    shutdown,
    store,
  });
  const desk = new DeadLetterDesk({ store, deadLetters, pool, pause, clock, onOver: discard });
  const schedules = new Schedules(loaded.schedules, {
    store,
    cancel: (id, reason) => service.cancel(id, reason),
    onSubmitted: () => pool.wake(),
    assumedMs: (definition) => estimates.of(definition),
    tell: telemetry.schedules.note,
    clock,
    log,
  });
  telemetry.expect([...definitions.values()]);
  telemetry.schedules.expect(loaded.schedules.map(({ name }) => name));
  ended.subscribe((id) => schedules.ended(id));
  const retention = new Retention(config.retention, {
    store,
    deadLetters,
    // Only what is there: most worktrees went when their workflows ended.
    discard: async (workflow) => {
      if (existsSync(join(worktrees, workflow.id))) await discard(workflow);
    },
    clock,
    log,
  });
  const http = createServer({
    service,
    desk,
    schedules,
    performance: new PerformanceProfiler({ store, timings: telemetry.timings, clock }),
    backUp: (path) => backUp(path, { store, database: lock.database, clock, log }),
    telemetry,
    health,
    clock,
    log,
    bodyLimitBytes: config.http.bodyLimitBytes,
    host: config.http.host,
    adminToken: config.http.adminToken,
  });
  const url = await listen(http, config.http);
  await shutdown.ifItFails(schedules.start());
  // Unless an operator has drained it meanwhile.
  if (shutdown.kind === undefined) {
    for (const loop of loops) loop.start();
    retention.start();
    // Last, so that signals are heeded before an agent runs.
    pool.start();
    log.info({ component: 'daemon', url, database, slots: initialSize }, 'started');
  }
  return {
    url,
    interrupt: () => void shutdown.begin('stopping', 0),
    stop: () => {
      void shutdown.begin('stopping', config.shutdown.grace);
      return shutdown.finished;
    },
    stopped: shutdown.finished,
  };
}
