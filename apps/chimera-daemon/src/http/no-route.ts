import type { FastifyReply, FastifyRequest } from 'fastify';
import { nearestPath } from './nearest-path.ts';
import type { KnownRoute } from './path-index.ts';

/** Answers a path that there is not, and one that there is for other methods alone. */
export function answerNoRoute(
  { method, server, url }: FastifyRequest,
  reply: FastifyReply,
  routes: readonly KnownRoute[],
): void {
  const [path = ''] = url.split('?');
  const allowed = server.supportedMethods.filter((other) => {
    // Its type does not say that there may be none.
    const route: unknown = server.findRoute({ method: other, url: path });
    return route !== null;
  });
  const missing = `there is no ${method} ${url}`;
  if (allowed.length === 0) {
    const nearest = nearestPath(
      path,
      routes.map((route) => route.path),
    );
    const hint = nearest === undefined ? '' : `did you mean ${nearest}? `;
    const message = `${missing}; ${hint}GET / tells what there is`;
    void reply.code(404).send({ error: { code: 'NO_SUCH_ROUTE', message } });
    return;
  }
  const methods = allowed.join(', ');
  const message = `${missing}; this path takes ${methods}`;
  void reply
    .code(405)
    .header('allow', methods)
    .send({ error: { code: 'METHOD_NOT_ALLOWED', message } });
}
