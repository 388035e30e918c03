import type { WorkflowProfileView } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PerformanceProfiler } from '../profiling/performance-profiler.ts';
import { type SpeedscopeFile, speedscopeOf } from '../profiling/speedscope.ts';
import { noWorkflow } from './not-found.ts';
import { parseRequest } from './parse-request.ts';

const asked = z.strictObject({ format: z.enum(['chimera', 'speedscope']).default('chimera') });

interface ById {
  Params: { id: string };
}

export function workflowProfileRoutes(
  http: FastifyInstance,
  profiler: Pick<PerformanceProfiler, 'profile'>,
): void {
  http.get<ById>(
    '/api/workflows/:id/profile',
    async ({ params: { id }, query }): Promise<SpeedscopeFile | WorkflowProfileView> => {
      const { format } = parseRequest(asked, query);
      const profile = await profiler.profile(id);
      if (profile === undefined) throw noWorkflow(id);
      return format === 'speedscope' ? speedscopeOf(profile) : profile;
    },
  );
}
