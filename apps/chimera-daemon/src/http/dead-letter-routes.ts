import type { DeadLetterView, Page, WorkflowSummary } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { parseRequest } from './parse-request.ts';

const listing = z.strictObject({
  status: z.enum(['open', 'requeued', 'resolved', 'discarded']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});

const requeue = z.strictObject({ phase: z.string().min(1).optional() });
const resolution = z.strictObject({ resolution: z.string().min(1).max(4000) });

interface ById {
  Params: { id: string };
}

export function deadLetterRoutes(http: FastifyInstance, service: Service): void {
  http.get('/api/dead-letters', async (request): Promise<Page<DeadLetterView>> =>
    service.deadLetters(parseRequest(listing, request.query)),
  );

  http.get<ById>('/api/dead-letters/:id', async (request): Promise<DeadLetterView> =>
    service.deadLetter(request.params.id),
  );

  http.post<ById>('/api/dead-letters/:id/requeue', async (request): Promise<WorkflowSummary> =>
    service.requeue(request.params.id, parseRequest(requeue, request.body).phase),
  );

  http.post<ById>('/api/dead-letters/:id/resolve', async (request): Promise<DeadLetterView> =>
    service.resolve(request.params.id, parseRequest(resolution, request.body).resolution),
  );
}
