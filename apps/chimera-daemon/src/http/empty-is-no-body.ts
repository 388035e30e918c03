import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

/** Clients name a type for a body of no bytes, such as that of a form: there is nothing to read as one. */
export function emptyIsNoBody(
  { headers }: FastifyRequest,
  _reply: FastifyReply,
  done: HookHandlerDoneFunction,
): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  if (encoding === undefined && length === '0') delete headers['content-type'];
  done();
}
