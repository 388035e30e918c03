import type {
  SubmittedWorkflow,
  WorkflowDetail,
  WorkflowSummary,
  Page,
  StoredEventView,
} from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import { labelFilter, labelsSchema } from '../labels.ts';
import { defined } from '../defined.ts';
import { noWorkflow } from './not-found.ts';
import { parseRequest } from './parse-request.ts';

const submission = z.strictObject({
  definition: z.string().min(1),
  input: z.record(z.string(), z.json()).optional(),
  priority: z.number().int().min(0).max(10).optional(),
  estimateMs: z.number().min(0).optional(),
  idempotencyKey: z.string().min(1).max(200).optional(),
  runAt: z.number().int().min(0).optional(),
  labels: labelsSchema.optional(),
});

const listing = z.strictObject({
  status: z.enum(['queued', 'running', 'waiting', 'completed', 'dead', 'cancelled']).optional(),
  definition: z.string().optional(),
  parent: z.string().optional(),
  idPrefix: z.string().min(1).optional(),
  /** `label=name=value`, once for each label that they must have. */
  label: labelFilter.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});

const eventQuery = z.strictObject({
  workflowId: z.string().optional(),
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const cancellation = z.strictObject({ reason: z.string().max(1000).optional() });

interface ById {
  Params: { id: string };
}

export function workflowRoutes(http: FastifyInstance, service: Service): void {
  http.post('/api/workflows', async (request, reply): Promise<SubmittedWorkflow> => {
    const { 'idempotency-key': key, traceparent } = request.headers;
    const submitted = await service.submit(
      defined(parseRequest(submission, keyed(request.body, key))),
      parseTraceparent(traceparent) === undefined ? undefined : String(traceparent).trim(),
    );
    return reply.code(submitted.created ? 201 : 200).send(submitted);
  });

  http.get('/api/workflows', async (request): Promise<Page<WorkflowSummary>> =>
    service.list(parseRequest(listing, request.query)),
  );

  http.get<ById>('/api/workflows/:id', async (request): Promise<WorkflowDetail> => {
    const found = await service.get(request.params.id);
    if (found === undefined) throw noWorkflow(request.params.id);
    return found;
  });

  http.post<ById>('/api/workflows/:id/cancel', async (request): Promise<WorkflowSummary> => {
    const { reason } = parseRequest(cancellation, request.body);
    const cancelled = await service.cancel(request.params.id, reason ?? 'cancelled by an operator');
    if (cancelled === undefined) throw noWorkflow(request.params.id);
    return cancelled;
  });

  http.get('/api/events', async (request): Promise<readonly StoredEventView[]> =>
    service.events(parseRequest(eventQuery, request.query)),
  );
}

/** With the key of the header, unless the body has one: the rules are the same wherever it stands. */
function keyed(body: unknown, idempotencyKey: unknown): unknown {
  const takesKey = typeof body === 'object' && body !== null && !Array.isArray(body);
  return takesKey && idempotencyKey !== undefined ? { idempotencyKey, ...body } : body;
}
