import type { ScheduleView, SubmittedWorkflow } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Schedules } from '../schedules/schedules.ts';
import { parseRequest } from './parse-request.ts';

const nothing = z.strictObject({});
const runRequest = z.strictObject({ idempotencyKey: z.string().min(1).max(64).optional() });

interface ByName {
  Params: { name: string };
}

export function scheduleRoutes(
  http: FastifyInstance,
  schedules: Pick<Schedules, 'list' | 'pause' | 'resume' | 'run'>,
): void {
  http.get('/api/schedules', async (): Promise<readonly ScheduleView[]> => schedules.list());

  http.post<ByName>('/api/schedules/:name/pause', async (request): Promise<ScheduleView> => {
    parseRequest(nothing, request.body);
    return schedules.pause(request.params.name);
  });

  http.post<ByName>('/api/schedules/:name/resume', async (request): Promise<ScheduleView> => {
    parseRequest(nothing, request.body);
    return schedules.resume(request.params.name);
  });

  http.post<ByName>(
    '/api/schedules/:name/run',
    async (request, reply): Promise<SubmittedWorkflow> => {
      const { idempotencyKey } = parseRequest(runRequest, request.body);
      const submitted = await schedules.run(request.params.name, idempotencyKey);
      return reply.code(submitted.created ? 201 : 200).send(submitted);
    },
  );
}
