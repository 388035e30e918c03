import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Clock } from '@chimera/policy';
import type { BackupView } from '@chimera/client';
import type { Logger } from '../log.ts';
import type { Schedules } from '../schedules/schedules.ts';
import type { Service } from '../service.ts';
import type { PerformanceProfiler } from '../profiling/performance-profiler.ts';
import { Profiler } from '../profiling/profiler.ts';
import type { DaemonTelemetry } from '../telemetry/daemon-telemetry.ts';
import type { ApiError } from './api-error.ts';
import { backupRoutes } from './backup-routes.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { decisionRoutes } from './decision-routes.ts';
import { onlyLocalNames } from './only-local-names.ts';
import { type HealthAnswers, healthRoutes } from './health-routes.ts';
import { logRoutes } from './log-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { profilingRoutes } from './profiling-routes.ts';
import { poolRoutes } from './pool-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { workflowProfileRoutes } from './workflow-profile-routes.ts';
import { workflowRoutes } from './workflow-routes.ts';

export interface ServerDeps {
  readonly service: Service;
  readonly schedules: Pick<Schedules, 'list' | 'pause' | 'resume' | 'run'>;
  readonly performance: Pick<PerformanceProfiler, 'profile'>;
  readonly backUp: (path: string) => Promise<BackupView>;
  readonly telemetry: Pick<DaemonTelemetry, 'poolMetrics' | 'scrape'>;
  readonly clock: Clock;
  readonly health: HealthAnswers;
  readonly log: Logger;
  readonly bodyLimitBytes: number;
  /** The name or address that the server listens on. */
  readonly host: string;
  /** What administrators know; without it there are no profiles. */
  readonly adminToken?: string | undefined;
}

/** Codes of expected refusals, wherever in the house they arise, and the HTTP status that says it. */
const statusByCode: Readonly<Record<string, number>> = {
  WORKFLOW_NOT_FOUND: 404,
  DEAD_LETTER_NOT_FOUND: 404,
  DEAD_LETTER_NOT_OPEN: 409,
  DEAD_LETTER_REPLAYS_EXHAUSTED: 409,
  IDEMPOTENCY_MISMATCH: 409,
  PROFILER_BUSY: 409,
  DEGRADED: 503,
  STORE_FULL: 507,
  STORE_READ_ONLY: 503,
  STORE_IO_ERROR: 503,
};

/** The HTTP API; `listen` is the caller's. */
export function createServer({
  service,
  schedules,
  performance,
  backUp,
  telemetry,
  health,
  clock,
  log,
  bodyLimitBytes,
  host,
  adminToken,
}: ServerDeps): FastifyInstance {
  const http = Fastify({ bodyLimit: bodyLimitBytes, forceCloseConnections: true });
  http.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const status =
      error.statusCode ?? statusByCode[error.code] ?? (isWrongValue(error) ? 400 : 500);
    // A refusal while the machine is short of something is no failure; the mode's line says why.
    if (status >= 500 && error.code !== 'DEGRADED' && error.code !== 'DRAINING')
      log.error({ err: error, component: 'http', path: request.url }, 'request failed');
    const isInternal = status === 500;
    if ('retryAfterMs' in error && typeof error.retryAfterMs === 'number') {
      void reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000));
    }
    void reply.code(status).send({
      error: {
        code: isInternal ? 'INTERNAL' : (error.code ?? 'INVALID_REQUEST'),
        message: isInternal ? 'the daemon failed to answer; its log says why' : error.message,
      },
    });
  });
  http.addHook('onRequest', onlyLocalNames(host));
  http.setNotFoundHandler((request, reply) => {
    void reply.code(404).send({
      error: { code: 'NO_SUCH_ROUTE', message: `there is no ${request.method} ${request.url}` },
    });
  });
  http.get('/api/status', () => service.status());
  poolRoutes(http, service, clock);
  workflowRoutes(http, service);
  workflowProfileRoutes(http, performance);
  deadLetterRoutes(http, service);
  decisionRoutes(http, service);
  scheduleRoutes(http, schedules);
  backupRoutes(http, backUp);
  metricsRoutes(http, telemetry);
  healthRoutes(http, health);
  logRoutes(http, log);
  profilingRoutes(http, { profiler: new Profiler(clock), clock, adminToken });
  return http;
}

/** The house's form of a wrong option: here it came with the request, such as a cursor of nobody's. */
function isWrongValue(error: Error): boolean {
  return error instanceof RangeError;
}
