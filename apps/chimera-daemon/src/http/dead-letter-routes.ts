import type {
  DeadLetterGroupView,
  DeadLetterView,
  Page,
  RedriveView,
  WorkflowSummary,
} from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { parseRequest } from './parse-request.ts';

const selection = {
  fingerprint: z.string().min(1).optional(),
  phase: z.string().min(1).optional(),
  agent: z.string().min(1).optional(),
};

const listing = z.strictObject({
  ...selection,
  status: z.enum(['open', 'requeued', 'resolved', 'discarded']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});

const requeue = z.strictObject({ phase: z.string().min(1).optional() });
const resolution = z.strictObject({ resolution: z.string().min(1).max(4000) });

const discarding = z.strictObject({ reason: z.string().min(1).max(4000) });
const redriving = z.strictObject({
  ...selection,
  observeMs: z.number().min(0).max(3_600_000).optional(),
  batchSize: z.number().int().min(1).max(10_000).optional(),
  tolerate: z.number().int().min(0).optional(),
});

interface ById {
  Params: { id: string };
}

export function deadLetterRoutes(http: FastifyInstance, service: Service): void {
  http.get('/api/dead-letters', async (request): Promise<Page<DeadLetterView>> =>
    service.deadLetters(parseRequest(listing, request.query)),
  );

  http.get('/api/dead-letters/groups', async (): Promise<readonly DeadLetterGroupView[]> =>
    service.deadLetterGroups(),
  );

  http.post('/api/dead-letters/redrive', async (request, reply): Promise<RedriveView> => {
    void reply.code(202);
    return service.redrives.start(parseRequest(redriving, request.body));
  });

  http.get('/api/dead-letters/redrive', async (): Promise<RedriveView> => service.redrives.latest);

  http.post('/api/dead-letters/redrive/stop', async (): Promise<RedriveView> => {
    service.redrives.stop();
    return service.redrives.latest;
  });

  http.get<ById>('/api/dead-letters/:id', async (request): Promise<DeadLetterView> =>
    service.deadLetter(request.params.id),
  );

  http.post<ById>('/api/dead-letters/:id/requeue', async (request): Promise<WorkflowSummary> =>
    service.requeue(request.params.id, parseRequest(requeue, request.body).phase),
  );

  http.post<ById>('/api/dead-letters/:id/resolve', async (request): Promise<DeadLetterView> =>
    service.resolve(request.params.id, parseRequest(resolution, request.body).resolution),
  );

  http.post<ById>('/api/dead-letters/:id/discard', async (request): Promise<DeadLetterView> =>
    service.discard(request.params.id, parseRequest(discarding, request.body).reason),
  );
}
