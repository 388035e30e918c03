import type { JsonObject } from '@chimera/workflow';
import { DaemonError } from './daemon-error.ts';
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
  ApiErrorBody,
  DaemonStatus,
  DecisionView,
  DrainReport,
  Page,
  PoolState,
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
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface PageRequest {
  /** 1 to 500; default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Every call of the daemon's HTTP API. Rejects with {@link DaemonError}. */
export class ChimeraClient {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;

  constructor(options: ChimeraClientOptions = {}) {
    this.url = (options.url ?? 'http://127.0.0.1:7717').replace(/\/$/, '');
    this.#token = options.token;
    this.#fetch = options.fetch ?? fetch;
  }

  submit(request: WorkflowRequest): Promise<SubmittedWorkflow> {
    return this.#send('POST', '/api/workflows', request);
  }

  get(id: string): Promise<WorkflowDetail> {
    return this.#send('GET', `/api/workflows/${encodeURIComponent(id)}`);
  }

  /** Where its time went, and goes. */
  workflowProfile(id: string): Promise<WorkflowProfileView> {
    return this.#send('GET', `/api/workflows/${encodeURIComponent(id)}/profile`);
  }

  /** The same as a flame graph: a file that speedscope loads. */
  workflowFlame(id: string): Promise<JsonObject> {
    return this.#send('GET', `/api/workflows/${encodeURIComponent(id)}/profile?format=speedscope`);
  }

  list({ labels, ...filter }: PageRequest & WorkflowFilter = {}): Promise<Page<WorkflowSummary>> {
    const label = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
    return this.#send('GET', `/api/workflows${query({ ...filter, label })}`);
  }

  events(
    filter: { readonly workflowId?: string; readonly after?: number; readonly limit?: number } = {},
  ): Promise<readonly StoredEventView[]> {
    return this.#send('GET', `/api/events${query(filter)}`);
  }

  cancel(id: string, reason?: string): Promise<WorkflowSummary> {
    return this.#send('POST', `/api/workflows/${encodeURIComponent(id)}/cancel`, { reason });
  }

  deadLetters(filter: PageRequest & DeadLetterFilter = {}): Promise<Page<DeadLetterView>> {
    return this.#send('GET', `/api/dead-letters${query(filter)}`);
  }

  deadLetter(id: string): Promise<DeadLetterView> {
    return this.#send('GET', `/api/dead-letters/${encodeURIComponent(id)}`);
  }

  /** Puts the workflow back into the queue, at the phase that failed or at the one given. */
  requeue(id: string, request: RequeueRequest = {}): Promise<WorkflowSummary> {
    return this.#send('POST', `/api/dead-letters/${encodeURIComponent(id)}/requeue`, request);
  }

  /** Keeps with it what was found out; it stays open. */
  investigate(id: string, note: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/investigate`;
    return this.#send('POST', path, { note, by });
  }

  /** Closes it: the matter is settled without running it again. */
  resolve(id: string, resolution: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/resolve`;
    return this.#send('POST', path, { resolution, by });
  }

  /** Closes it: nobody needs the workflow any more. */
  discard(id: string, reason: string, by?: string): Promise<DeadLetterView> {
    const path = `/api/dead-letters/${encodeURIComponent(id)}/discard`;
    return this.#send('POST', path, { reason, by });
  }

  /** Open dead letters by cause, the largest group first. */
  deadLetterGroups(): Promise<readonly DeadLetterGroupView[]> {
    return this.#send('GET', '/api/dead-letters/groups');
  }

  /** Runs all open ones that match again: one, then ten, then the rest; it stops when failures return. */
  redrive(request: RedriveRequest): Promise<RedriveView> {
    return this.#send('POST', '/api/dead-letters/redrive', request);
  }

  /** The redrive that is under way, or ended last; NO_REDRIVE when there was none. */
  latestRedrive(): Promise<RedriveView> {
    return this.#send('GET', '/api/dead-letters/redrive');
  }

  /** Ends the redrive that is under way before its next step. */
  stopRedrive(): Promise<RedriveView> {
    return this.#send('POST', '/api/dead-letters/redrive/stop', {});
  }

  /** What the daemon decided by itself, newest first; `changes`: only what changed something. */
  decisions(
    filter: {
      readonly kind?: DecisionView['kind'];
      readonly changes?: boolean;
      readonly limit?: number;
    } = {},
  ): Promise<readonly DecisionView[]> {
    return this.#send('GET', `/api/decisions${query(filter)}`);
  }

  /** Copies the database, while it is in use, to a new file on the daemon's machine: an absolute path. */
  backup(path: string): Promise<BackupView> {
    return this.#send('POST', '/api/backup', { path });
  }

  schedules(): Promise<readonly ScheduleView[]> {
    return this.#send('GET', '/api/schedules');
  }

  /** It starts nothing until it is resumed; what falls due meanwhile is not caught up. */
  pauseSchedule(name: string): Promise<ScheduleView> {
    return this.#send('POST', `/api/schedules/${encodeURIComponent(name)}/pause`, {});
  }

  resumeSchedule(name: string): Promise<ScheduleView> {
    return this.#send('POST', `/api/schedules/${encodeURIComponent(name)}/resume`, {});
  }

  /** Starts its work once, now, whatever else of it runs; the same key does so once. */
  runSchedule(
    name: string,
    options: { readonly idempotencyKey?: string } = {},
  ): Promise<SubmittedWorkflow> {
    return this.#send('POST', `/api/schedules/${encodeURIComponent(name)}/run`, options);
  }

  /** Nothing is started until `resume`, over restarts too; running phases go on. */
  pause(reason?: string): Promise<PoolState> {
    return this.#send('POST', '/api/pool/pause', { reason });
  }

  resume(): Promise<PoolState> {
    return this.#send('POST', '/api/pool/resume', {});
  }

  /** Finishes what runs, takes nothing new, and stops the daemon. Resolves when nothing runs any more. */
  drain(
    options: { /** Default 10 minutes. */ readonly timeoutMs?: number } = {},
  ): Promise<DrainReport> {
    return this.#send('POST', '/api/pool/drain', options);
  }

  status(): Promise<DaemonStatus> {
    return this.#send('GET', '/api/status');
  }

  /** What has been wrong for long enough to tell, and what to try. */
  health(): Promise<HealthView> {
    return this.#send('GET', '/api/health');
  }

  logLevel(): Promise<LogLevelView> {
    return this.#send('GET', '/api/log-level');
  }

  /** Until it is set again, or the daemon starts anew. */
  setLogLevel(level: string): Promise<LogLevelView> {
    return this.#send('PUT', '/api/log-level', { level });
  }

  /** The daemon's work at a glance; what Prometheus reads is `GET /metrics`. */
  metrics(): Promise<PoolMetricsView> {
    return this.#send('GET', '/api/metrics');
  }

  /** Where the daemon's CPU time goes, as `go tool pprof` or Chrome reads it; resolves when it is taken. */
  cpuProfile(options: ProfileOptions<'cpuprofile'> = {}): Promise<Uint8Array> {
    return this.#download(`/debug/pprof/profile${query(options)}`);
  }

  /** What the daemon allocates meanwhile, and keeps. */
  heapProfile(options: ProfileOptions<'heapprofile'> = {}): Promise<Uint8Array> {
    return this.#download(`/debug/pprof/heap${query(options)}`);
  }

  /** Timers, sockets, processes: what the daemon has open now. */
  activeResources(): Promise<ActiveResourcesView> {
    return this.#send('GET', '/debug/pprof/resources');
  }

  async #send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#ask(method, path, body);
    const answer = await this.#read(response);
    if (response.ok) return answer as Answer;
    throw this.#refusal(path, response.status, answer);
  }

  async #download(path: string): Promise<Uint8Array> {
    const response = await this.#ask('GET', path);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw this.#refusal(path, response.status, await this.#read(response));
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`;
    try {
      return await this.#fetch(`${this.url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new DaemonError(
        'DAEMON_UNREACHABLE',
        `no daemon answers at ${this.url}; start one with: chimera start, or name another address (--url, CHIMERA_URL)`,
        0,
        cause,
      );
    }
  }

  #refusal(path: string, status: number, answer: unknown): DaemonError {
    const failure = (answer as Partial<ApiErrorBody>).error;
    return new DaemonError(
      failure?.code ?? `HTTP_${status}`,
      failure?.message ?? `${this.url}${path} answered ${status}`,
      status,
    );
  }

  async #read(response: Response): Promise<unknown> {
    try {
      const answer: unknown = await response.json();
      if (typeof answer === 'object' && answer !== null) return answer;
    } catch (cause) {
      throw this.#notADaemon(response.status, cause);
    }
    throw this.#notADaemon(response.status);
  }

  #notADaemon(status: number, cause?: unknown): DaemonError {
    const message = `${this.url} answers, but not as a chimera daemon does; check the URL`;
    return new DaemonError('NOT_A_DAEMON', message, status, cause);
  }
}

function query(parameters: object): string {
  const search = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]: [string, unknown]) =>
      [value].flat().map((each) => [name, String(each)]),
    ),
  ).toString();
  return search === '' ? '' : `?${search}`;
}
