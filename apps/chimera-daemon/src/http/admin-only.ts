import { createHash, timingSafeEqual } from 'node:crypto';
import type { onRequestHookHandler } from 'fastify';
import { ApiError } from './api-error.ts';

/**
 * Lets only those through who know the administrator's token: `Authorization: Bearer TOKEN`, or
 * as the password of HTTP's basic authentication, which `go tool pprof` takes from a URL. Without
 * a token there is nothing behind it.
 */
export function adminOnly(token: string | undefined): onRequestHookHandler {
  return (request, reply, done) => {
    if (token === undefined) {
      done(
        new ApiError(
          404,
          'ADMIN_OFF',
          'this is for administrators, and no token is set; start the daemon with CHIMERA_HTTP_ADMIN_TOKEN, or with http.adminTokenFile in its settings',
        ),
      );
    } else if (isSame(given(request.headers.authorization), token)) {
      done();
    } else {
      void reply.header('www-authenticate', 'Bearer, Basic realm="chimera"');
      done(
        new ApiError(
          401,
          'NOT_ADMIN',
          request.headers.authorization === undefined
            ? 'the administrator’s token is needed (Authorization: Bearer …); for chimera, set CHIMERA_HTTP_ADMIN_TOKEN'
            : 'the administrator’s token is another one than was given; see http.adminToken where the daemon runs',
        ),
      );
    }
  };
}

function given(header: string | undefined): string {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(\S.*)$/.exec(header?.trim() ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const [, ...password] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  return password.join(':');
}

/** Takes as long whatever is alike. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
