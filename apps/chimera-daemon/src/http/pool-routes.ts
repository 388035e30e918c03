import { Readable } from 'node:stream';
import type { DrainReport, PoolState, ResumedPool } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { parseRequest } from './parse-request.ts';

const pausing = z.strictObject({ reason: z.string().min(1).max(1000).optional() });
const draining = z.strictObject({
  timeoutMs: z
    .number()
    .min(0)
    .max(7 * 86_400_000)
    .default(600_000),
});

/** Readers and proxies give up on an answer that says nothing for a while. */
const aliveEveryMs = 10_000;

export function poolRoutes(http: FastifyInstance, service: Service, clock: Clock): void {
  http.get('/api/pool', async (): Promise<PoolState> => service.poolState());

  http.post('/api/pool/pause', async (request): Promise<PoolState> => {
    return service.pause(parseRequest(pausing, request.body).reason);
  });

  http.post('/api/pool/resume', async (): Promise<ResumedPool> => service.resume());

  http.post('/api/pool/drain', async (request, reply) => {
    const { timeoutMs } = parseRequest(draining, request.body);
    const report = service.drain(timeoutMs, reply.raw);
    return reply
      .type('application/json; charset=utf-8')
      .send(Readable.from(whenDone(report, clock)));
  });
}

/** JSON may begin with white space: it tells that the work goes on. */
async function* whenDone(report: Promise<DrainReport>, clock: Clock): AsyncGenerator<string> {
  yield '\n';
  for (;;) {
    const pause = Promise.withResolvers<undefined>();
    const timer = clock.setTimer(() => pause.resolve(undefined), aliveEveryMs);
    const done = await Promise.race([report, pause.promise]);
    timer.cancel();
    if (done !== undefined) {
      yield JSON.stringify(done);
      return;
    }
    yield '\n';
  }
}
