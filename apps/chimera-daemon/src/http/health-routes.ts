import type { HealthView, ReadinessView } from '@chimera/client';
import type { FastifyInstance } from 'fastify';

export interface HealthAnswers {
  health(): Promise<HealthView>;
  ready(): Promise<ReadinessView>;
}

export function healthRoutes(http: FastifyInstance, answers: HealthAnswers): void {
  http.get('/api/health', async (): Promise<HealthView> => answers.health());
  // The event loop turns, and that is all that a restart could mend.
  http.get('/livez', () => ({ alive: true }));
  http.get('/readyz', async (_request, reply): Promise<ReadinessView> => {
    const answer = await answers.ready();
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
}
