import type { LogLevelView } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Logger, logLevels } from '../log.ts';
import { parseRequest } from './parse-request.ts';

const change = z.strictObject({ level: z.enum(logLevels) });

export function logRoutes(http: FastifyInstance, log: Logger): void {
  http.get('/api/log-level', (): LogLevelView => ({ level: log.level }));

  http.put('/api/log-level', async (request): Promise<LogLevelView> => {
    const { level } = parseRequest(change, request.body);
    const from = log.level;
    log.level = level;
    log.info({ component: 'log', from, to: level }, `log level ${from} → ${level}`);
    return { level };
  });
}
