import { Readable } from 'node:stream';
import type { PoolMetricsView } from '@chimera/client';
import { contentTypes, negotiate } from '@chimera/telemetry';
import type { FastifyInstance } from 'fastify';
import type { DaemonTelemetry } from '../telemetry/daemon-telemetry.ts';

export function metricsRoutes(
  http: FastifyInstance,
  telemetry: Pick<DaemonTelemetry, 'poolMetrics' | 'scrape'>,
): void {
  http.get('/metrics', (request, reply) => {
    const format = negotiate(request.headers.accept);
    void reply.header('content-type', contentTypes[format]);
    return reply.send(Readable.from(telemetry.scrape(format), { objectMode: false }));
  });

  http.get('/api/metrics', async (): Promise<PoolMetricsView> => telemetry.poolMetrics());
}
