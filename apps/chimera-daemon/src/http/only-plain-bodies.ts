import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { ApiError } from './api-error.ts';

/** Refuses bodies that are packed, such as with gzip: nothing here unpacks them. */
export function onlyPlainBodies(
  { headers }: FastifyRequest,
  _reply: FastifyReply,
  done: HookHandlerDoneFunction,
): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return done();
  const message = `content-encoding must be identity, or be left out, got ${JSON.stringify(encoding)}; send the body as it is`;
  done(new ApiError(415, 'UNSUPPORTED_CONTENT_ENCODING', message));
}
