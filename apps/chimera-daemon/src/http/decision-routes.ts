import type { DecisionView } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { parseRequest } from './parse-request.ts';

const listing = z.strictObject({
  kind: z.enum(['autoscaler', 'degradation', 'breaker']).optional(),
  /** Only what changed something. */
  changes: z.stringbool({ error: 'must be true or false' }).default(false),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export function decisionRoutes(http: FastifyInstance, service: Service): void {
  http.get('/api/decisions', async (request): Promise<readonly DecisionView[]> => {
    return service.decisions(parseRequest(listing, request.query));
  });
}
