import type { ActiveResourcesView } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { activeResources } from '../profiling/active-resources.ts';
import type { Profiler, ProfileRequest } from '../profiling/profiler.ts';
import { adminOnly } from './admin-only.ts';
import { parseRequest } from './parse-request.ts';

/** As in Go: half a minute unless told otherwise. */
const duration = z.coerce.number().min(0.1).max(240).default(30);
const cpuQuery = z.strictObject({
  seconds: duration,
  format: z.enum(['pprof', 'cpuprofile']).default('pprof'),
});
const heapQuery = z.strictObject({
  seconds: duration,
  format: z.enum(['pprof', 'heapprofile']).default('pprof'),
});

export interface ProfilingDeps {
  readonly profiler: Pick<Profiler, 'cpu' | 'heap'>;
  readonly clock: Clock;
  readonly adminToken: string | undefined;
}

/** Profiles of the daemon, for administrators alone: they show what its memory holds, and cost time. */
export function profilingRoutes(
  http: FastifyInstance,
  { adminToken, clock, profiler }: ProfilingDeps,
): void {
  const onRequest = adminOnly(adminToken);

  http.get('/debug/pprof/profile', { onRequest }, async (request, reply) => {
    const { format, seconds } = parseRequest(cpuQuery, request.query);
    const profile = await profiler.cpu(asked(format, seconds, reply));
    return sent(reply, 'cpu', format, profile);
  });

  http.get('/debug/pprof/heap', { onRequest }, async (request, reply) => {
    const { format, seconds } = parseRequest(heapQuery, request.query);
    const profile = await profiler.heap(asked(format, seconds, reply));
    return sent(reply, 'heap', format, profile);
  });

  http.get('/debug/pprof/resources', { onRequest }, async (): Promise<ActiveResourcesView> =>
    activeResources(clock.now()),
  );
}

function asked(format: string, seconds: number, reply: FastifyReply): ProfileRequest {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return { seconds, format: format === 'pprof' ? 'pprof' : 'chrome', signal: gone.signal };
}

function sent(
  reply: FastifyReply,
  name: string,
  format: string,
  profile: Uint8Array,
): FastifyReply {
  const file = format === 'pprof' ? `${name}.pb.gz` : `${name}.${format}`;
  return reply
    .type(format === 'pprof' ? 'application/octet-stream' : 'application/json')
    .header('content-disposition', `attachment; filename="${file}"`)
    .send(Buffer.from(profile));
}
