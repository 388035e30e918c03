import {
  type DeadLetterGroupView,
  deadLetterStatuses,
  type DeadLetterView,
  type Page,
  type RedriveView,
  type WorkflowSummary,
} from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import { parseRequest } from './parse-request.ts';

const selection = {
  fingerprint: z.string().min(1).optional(),
  phase: z.string().min(1).optional(),
  agent: z.string().min(1).optional(),
};

const listing = z.strictObject({
  ...selection,
  status: z.enum(deadLetterStatuses).optional(),
  /** Id of one. */
  workflow: z.string().min(1).optional(),
  idPrefix: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});

const by = z.string().min(1).max(200).optional();
const requeue = z.strictObject({
  phase: z.string().min(1).optional(),
  input: z.record(z.string(), z.json()).optional(),
  by,
});
const investigation = z.strictObject({ note: z.string().min(1).max(4000), by });
const resolution = z.strictObject({ resolution: z.string().min(1).max(4000), by });
const discarding = z.strictObject({ reason: z.string().min(1).max(4000), by });
const redriving = z.strictObject({
  ...selection,
  all: z.boolean().optional(),
  observeMs: z.number().min(0).max(3_600_000).optional(),
  settleWithinMs: z.number().min(0).max(86_400_000).optional(),
  batchSize: z.number().int().min(1).max(10_000).optional(),
  tolerate: z.number().int().min(0).optional(),
});

interface ById {
  Params: { id: string };
}

export function deadLetterRoutes(http: FastifyInstance, desk: DeadLetterDesk): void {
  const { redrives } = desk;

  http.get('/api/dead-letters', async (request): Promise<Page<DeadLetterView>> =>
    desk.list(parseRequest(listing, request.query)),
  );

  http.get('/api/dead-letters/groups', async (): Promise<readonly DeadLetterGroupView[]> =>
    desk.groups(),
  );

  http.post('/api/dead-letters/redrive', async (request, reply): Promise<RedriveView> => {
    const begun = await redrives.start(parseRequest(redriving, request.body));
    return reply.code(202).send(begun);
  });

  http.get('/api/dead-letters/redrive', async (): Promise<RedriveView> => redrives.latest);

  http.post('/api/dead-letters/redrive/stop', async (): Promise<RedriveView> => {
    redrives.stop();
    return redrives.latest;
  });

  http.get<ById>('/api/dead-letters/:id', async ({ params }): Promise<DeadLetterView> =>
    desk.get(params.id),
  );

  http.post<ById>('/api/dead-letters/:id/requeue', async (request): Promise<WorkflowSummary> =>
    desk.requeue(request.params.id, parseRequest(requeue, request.body)),
  );

  http.post<ById>('/api/dead-letters/:id/investigate', async (request): Promise<DeadLetterView> => {
    const asked = parseRequest(investigation, request.body);
    return desk.investigate(request.params.id, asked.note, asked.by);
  });

  http.post<ById>('/api/dead-letters/:id/resolve', async (request): Promise<DeadLetterView> => {
    const asked = parseRequest(resolution, request.body);
    return desk.resolve(request.params.id, asked.resolution, asked.by);
  });

  http.post<ById>('/api/dead-letters/:id/discard', async (request): Promise<DeadLetterView> => {
    const asked = parseRequest(discarding, request.body);
    return desk.discard(request.params.id, asked.reason, asked.by);
  });
}
