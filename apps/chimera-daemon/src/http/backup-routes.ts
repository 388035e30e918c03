import { isAbsolute } from 'node:path';
import type { BackupView } from '@chimera/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseRequest } from './parse-request.ts';

const request = z.strictObject({
  path: z.string().max(4096).refine(isAbsolute, 'must be an absolute path on the daemon’s machine'),
});

export function backupRoutes(
  http: FastifyInstance,
  backup: (path: string) => Promise<BackupView>,
): void {
  http.post('/api/backup', async ({ body }): Promise<BackupView> => {
    return backup(parseRequest(request, body).path);
  });
}
