import type { FastifyInstance } from 'fastify';
import { version } from '../version.ts';

export interface KnownRoute {
  readonly method: string;
  /** `/api/workflows/:id` */
  readonly path: string;
}

/** Answers `GET /` with all that there is, and gives it: routes that are added later are in it, too. */
export function pathIndex(http: FastifyInstance): readonly KnownRoute[] {
  const routes: KnownRoute[] = [];
  http.addHook('onRoute', ({ method, url: path }) => {
    // Those of HEAD come with each GET.
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push({ method: each, path });
  });
  http.get('/', () => ({
    service: 'chimera',
    version,
    paths: routes.map(({ method, path }) => `${method} ${path}`),
  }));
  return routes;
}
