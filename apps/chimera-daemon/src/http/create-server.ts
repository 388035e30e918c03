import { maxHeaderSize } from 'node:http';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Clock } from '@chimera/policy';
import type { BackupView } from '@chimera/client';
import type { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
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
import { emptyIsNoBody } from './empty-is-no-body.ts';
import { onlyLocalNames } from './only-local-names.ts';
import { onlyPlainBodies } from './only-plain-bodies.ts';
import { type HealthAnswers, healthRoutes } from './health-routes.ts';
import { jsonBody } from './json-body.ts';
import { logRoutes } from './log-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { pathIndex } from './path-index.ts';
import { profilingRoutes } from './profiling-routes.ts';
import { answerNoRoute } from './no-route.ts';
import { refusalOf } from './refusal.ts';
import { poolRoutes } from './pool-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { answerExpectation, answerUnreadable } from './unreadable-request.ts';
import { workflowProfileRoutes } from './workflow-profile-routes.ts';
import { workflowRoutes } from './workflow-routes.ts';

export interface ServerDeps {
  readonly service: Service;
  readonly desk: DeadLetterDesk;
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

/** The HTTP API; `listen` is the caller's. */
export function createServer({
  service,
  desk,
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
  const answerError = (
    error: FastifyError | ApiError,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { code, message, status } = refusalOf(error, request, bodyLimitBytes);
    // A refusal while the machine is short of something is no failure; the mode's line says why.
    if (status >= 500 && error.code !== 'DEGRADED' && error.code !== 'DRAINING')
      log.error({ err: error, component: 'http', path: request.url }, 'request failed');
    if ('retryAfterMs' in error && typeof error.retryAfterMs === 'number') {
      void reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000));
    }
    void reply.code(status).send({ error: { code, message } });
  };
  const http = Fastify({
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    // As long as headers may take: a body that never comes would hold its connection for ever.
    requestTimeout: 60_000,
    frameworkErrors: answerError,
    clientErrorHandler: answerUnreadable,
    // A request without one is refused like one with a foreign one.
    http: { requireHostHeader: false },
    // Ids and names that nobody has are told so, however long they are: headers end before that.
    routerOptions: { maxParamLength: maxHeaderSize },
  });
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, parseJson);
  http.server.on('checkExpectation', answerExpectation);
  // Otherwise a text would be taken for a body, too.
  http.removeContentTypeParser('text/plain');
  http.setErrorHandler(answerError);
  http.addHook('onRequest', onlyLocalNames(host));
  http.addHook('onRequest', onlyPlainBodies);
  http.addHook('onRequest', emptyIsNoBody);
  const routes = pathIndex(http);
  http.setNotFoundHandler((request, reply) => answerNoRoute(request, reply, routes));
  http.get('/api/status', () => service.status());
  poolRoutes(http, service, clock);
  workflowRoutes(http, service);
  workflowProfileRoutes(http, performance);
  deadLetterRoutes(http, desk);
  decisionRoutes(http, service);
  scheduleRoutes(http, schedules);
  backupRoutes(http, backUp);
  metricsRoutes(http, telemetry);
  healthRoutes(http, health);
  logRoutes(http, log);
  profilingRoutes(http, { profiler: new Profiler(clock), clock, adminToken });
  return http;
}

async function parseJson(_request: FastifyRequest, body: Buffer): Promise<unknown> {
  return jsonBody(body);
}
