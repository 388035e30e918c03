import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers a path that there is not, and one that there is for other methods alone. */
export function answerNoRoute(request: FastifyRequest, reply: FastifyReply): void {
  const { method, server, url } = request;
  const [path = ''] = url.split('?');
  const allowed = server.supportedMethods.filter((other) => {
    // Its type does not say that there may be none.
    const route: unknown = server.findRoute({ method: other, url: path });
    return route !== null;
  });
  const missing = `there is no ${method} ${url}`;
  if (allowed.length === 0) {
    void reply.code(404).send({ error: { code: 'NO_SUCH_ROUTE', message: missing } });
    return;
  }
  const methods = allowed.join(', ');
  const message = `${missing}; this path takes ${methods}`;
  void reply
    .code(405)
    .header('allow', methods)
    .send({ error: { code: 'METHOD_NOT_ALLOWED', message } });
}
