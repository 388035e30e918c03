import { type Clock, numberOption, systemClock } from '@chimera/policy';
import type { JsonObject } from '@chimera/workflow';
import { DaemonHttp } from './daemon-http.ts';
import type {
  DeadLetterGroupView,
  DeadLetterFilter,
  DeadLetterView,
  RedriveRequest,
  RedriveView,
  RequeueRequest,
} from './dead-letter-views.ts';
import type { HealthView, LogLevelView, PoolMetricsView } from './observation-views.ts';
import type { ActiveResourcesView, ProfileOptions, WorkflowProfileView } from './profile-views.ts';
import type {
  DaemonStatus,
  DecisionView,
  DrainReport,
  Page,
  PoolState,
  ResumedPool,
  StoredEventView,
  SubmittedWorkflow,
  WorkflowDetail,
  WorkflowFilter,
  WorkflowRequest,
  WorkflowSummary,
} from './resources.ts';
import type { BackupView } from './backup-view.ts';
import type { ScheduleView } from './schedule-view.ts';

export interface ChimeraClientOptions {
  /** Where the daemon listens. Default `http://127.0.0.1:7717`. */
  readonly url?: string;
  /** The administrator's token, which profiles need. */
  readonly token?: string;
  /**
   * So long may an answer take, in ms, and a profile beyond the time that it looks; a drain may take
   * as long as it does once its answer began. Default 30 s; `Infinity`: as long as `fetch` waits.
   */
  readonly timeoutMs?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

export interface PageRequest {
  /** 1 to 500; default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

// What answers of the daemon have, and those of another server hardly do.
const list = ['length'] as const;
const page = ['items', 'nextCursor'] as const;
const letter = ['id', 'workflowId'] as const;
const redrive = ['outcome', 'requeued'] as const;
const moved = ['id', 'status'] as const;
const submitted = ['id', 'created'] as const;
const one = ['id', 'labels', 'phaseRuns'] as const;
const plan = ['name'] as const;

/** Every call of the daemon's HTTP API. Rejects with `DaemonError`. */
export class ChimeraClient {
  readonly url: string;
  readonly #http: DaemonHttp;

  /** @throws RangeError for a `timeoutMs` under 1. */
  constructor({ timeoutMs = 30_000, token, url, ...io }: ChimeraClientOptions = {}) {
    this.url = (url ?? 'http://127.0.0.1:7717').replace(/\/$/, '');
    this.#http = new DaemonHttp({
      url: this.url,
      token,
      timeoutMs: numberOption('client', 'timeoutMs', timeoutMs, 1),
      fetch: io.fetch ?? fetch,
      clock: io.clock ?? systemClock,
    });
  }

  submit(request: WorkflowRequest): Promise<SubmittedWorkflow> {
    return this.#http.send(submitted, 'POST', '/api/workflows', request);
  }

  get(id: string): Promise<WorkflowDetail> {
    return this.#http.send(one, 'GET', `/api/workflows/${encodeURIComponent(id)}`);
  }

  /** Where its time went, and goes. */
  workflowProfile(id: string): Promise<WorkflowProfileView> {
    return this.#http.send(
      ['id', 'parts'],
      'GET',
      `/api/workflows/${encodeURIComponent(id)}/profile`,
    );
  }

  /** The same as a flame graph: a file that speedscope loads. */
  workflowFlame(id: string): Promise<JsonObject> {
    return this.#http.send(
      ['profiles'],
      'GET',
      `/api/workflows/${encodeURIComponent(id)}/profile?format=speedscope`,
    );
  }

  list({ labels, ...filter }: PageRequest & WorkflowFilter = {}): Promise<Page<WorkflowSummary>> {
    const label = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
    return this.#http.send(page, 'GET', `/api/workflows${query({ ...filter, label })}`);
  }

  events(
    filter: { readonly workflowId?: string; readonly after?: number; readonly limit?: number } = {},
  ): Promise<readonly StoredEventView[]> {
    return this.#http.send(list, 'GET', `/api/events${query(filter)}`);
  }

  cancel(id: string, reason?: string): Promise<WorkflowSummary> {
    return this.#http.send(moved, 'POST', `/api/workflows/${encodeURIComponent(id)}/cancel`, {
      reason,
    });
  }

  deadLetters(filter: PageRequest & DeadLetterFilter = {}): Promise<Page<DeadLetterView>> {
    return this.#http.send(page, 'GET', `/api/dead-letters${query(filter)}`);
  }

  deadLetter(id: string): Promise<DeadLetterView> {
    return this.#http.send(letter, 'GET', `/api/dead-letters/${encodeURIComponent(id)}`);
  }

  /** Puts the workflow back into the queue, at the phase that failed or at the one given. */
  requeue(id: string, request: RequeueRequest = {}): Promise<WorkflowSummary> {
    return this.#http.send(
      moved,
      'POST',
      `/api/dead-letters/${encodeURIComponent(id)}/requeue`,
      request,
    );
  }

  /** Keeps with it what was found out; it stays open. */
  investigate(id: string, note: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/investigate`;
    return this.#http.send(letter, 'POST', path, { note, by });
  }

  /** Closes it: the matter is settled without running it again. */
  resolve(id: string, resolution: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/resolve`;
    return this.#http.send(letter, 'POST', path, { resolution, by });
  }

  /** Closes it: nobody needs the workflow any more. */
  discard(id: string, reason: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/discard`;
    return this.#http.send(letter, 'POST', path, { reason, by });
  }

  /** Open dead letters by cause, the largest group first. */
  deadLetterGroups(): Promise<readonly DeadLetterGroupView[]> {
    return this.#http.send(list, 'GET', '/api/dead-letters/groups');
  }

  /** Runs all open ones that match again: one, then ten, then the rest; it stops when failures return. */
  redrive(request: RedriveRequest): Promise<RedriveView> {
    return this.#http.send(redrive, 'POST', '/api/dead-letters/redrive', request);
  }

  /** The redrive that is under way, or ended last; NO_REDRIVE when there was none. */
  latestRedrive(): Promise<RedriveView> {
    return this.#http.send(redrive, 'GET', '/api/dead-letters/redrive');
  }

  /** Ends the redrive that is under way before its next step. */
  stopRedrive(): Promise<RedriveView> {
    return this.#http.send(redrive, 'POST', '/api/dead-letters/redrive/stop', {});
  }

  /** What the daemon decided by itself, newest first; `changes`: only what changed something. */
  decisions(
    filter: {
      readonly kind?: DecisionView['kind'];
      readonly changes?: boolean;
      readonly limit?: number;
    } = {},
  ): Promise<readonly DecisionView[]> {
    return this.#http.send(list, 'GET', `/api/decisions${query(filter)}`);
  }

  /** Copies the database, while it is in use, to a new file on the daemon's machine: an absolute path. */
  backup(
    path: string,
    options: {
      /** Default 5 minutes, whatever the other calls may take. */ readonly timeoutMs?: number;
    } = {},
  ): Promise<BackupView> {
    const timeoutMs = numberOption('client', 'timeoutMs', options.timeoutMs ?? 300_000, 1);
    return this.#http.send(['path', 'bytes'], 'POST', '/api/backup', { path }, timeoutMs);
  }

  schedules(): Promise<readonly ScheduleView[]> {
    return this.#http.send(list, 'GET', '/api/schedules');
  }

  /** It starts nothing until it is resumed; what falls due meanwhile is not caught up. */
  pauseSchedule(name: string): Promise<ScheduleView> {
    return this.#http.send(plan, 'POST', `/api/schedules/${encodeURIComponent(name)}/pause`, {});
  }

  resumeSchedule(name: string): Promise<ScheduleView> {
    return this.#http.send(plan, 'POST', `/api/schedules/${encodeURIComponent(name)}/resume`, {});
  }

  /** Starts its work once, now, whatever else of it runs; the same key does so once. */
  runSchedule(
    name: string,
    options: { readonly idempotencyKey?: string } = {},
  ): Promise<SubmittedWorkflow> {
    return this.#http.send(
      submitted,
      'POST',
      `/api/schedules/${encodeURIComponent(name)}/run`,
      options,
    );
  }

  /** Nothing is started until `resume`, over restarts too; running phases go on. */
  pause(reason?: string): Promise<PoolState> {
    return this.#http.send(['state', 'paused'], 'POST', '/api/pool/pause', { reason });
  }

  resume(): Promise<ResumedPool> {
    return this.#http.send(['state', 'paused', 'wasPaused'], 'POST', '/api/pool/resume', {});
  }

  /** Finishes what runs, takes nothing new, and stops the daemon. Resolves when nothing runs any more. */
  drain(
    options: { /** Default 10 minutes. */ readonly timeoutMs?: number } = {},
  ): Promise<DrainReport> {
    return this.#http.sendLong(['finished', 'cut'], 'POST', '/api/pool/drain', options);
  }

  status(): Promise<DaemonStatus> {
    return this.#http.send(['pool', 'paused', 'workflows', 'agents'], 'GET', '/api/status');
  }

  /** What has been wrong for long enough to tell, and what to try. */
  health(): Promise<HealthView> {
    return this.#http.send(['status', 'findings'], 'GET', '/api/health');
  }

  logLevel(): Promise<LogLevelView> {
    return this.#http.send(['level'], 'GET', '/api/log-level');
  }

  /** Until it is set again, or the daemon starts anew. */
  setLogLevel(level: string): Promise<LogLevelView> {
    return this.#http.send(['level'], 'PUT', '/api/log-level', { level });
  }

  /** The daemon's work at a glance; what Prometheus reads is `GET /metrics`. */
  metrics(): Promise<PoolMetricsView> {
    return this.#http.send(['pool', 'queue', 'workflows'], 'GET', '/api/metrics');
  }

  /** Where the daemon's CPU time goes, as `go tool pprof` or Chrome reads it; resolves when it is taken. */
  cpuProfile(options: ProfileOptions<'cpuprofile'> = {}): Promise<Uint8Array> {
    return this.#http.download(`/debug/pprof/profile${query(options)}`, lookedFor(options));
  }

  /** What the daemon allocates meanwhile, and keeps. */
  heapProfile(options: ProfileOptions<'heapprofile'> = {}): Promise<Uint8Array> {
    return this.#http.download(`/debug/pprof/heap${query(options)}`, lookedFor(options));
  }

  /** Timers, sockets, processes: what the daemon has open now. */
  activeResources(): Promise<ActiveResourcesView> {
    return this.#http.send(['counts', 'handles'], 'GET', '/debug/pprof/resources');
  }
}

/** By the daemon, before it answers; in ms. */
function lookedFor({ seconds = 30 }: { readonly seconds?: number }): number {
  return seconds * 1_000;
}

function query(parameters: object): string {
  const search = new URLSearchParams(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]: [string, unknown]) =>
        [value].flat().map((each) => [name, String(each)]),
      ),
  ).toString();
  return search === '' ? '' : `?${search}`;
}
