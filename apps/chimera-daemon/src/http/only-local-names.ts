import { isIP } from 'node:net';
import type { onRequestHookHandler } from 'fastify';
import { ApiError } from './api-error.ts';

/**
 * Refuses what a web page could send: a page whose name was rebound to this machine comes with a
 * foreign `Host`, one from elsewhere with a foreign `Origin`.
 */
export function onlyLocalNames(listensOn: string): onRequestHookHandler {
  // As a URL has it.
  const own = listensOn.toLowerCase();
  return (request, _reply, done) => {
    const { host = '', origin } = request.headers;
    const name = hostnameOf(`http://${host}`);
    const isKnown = name === 'localhost' || name === own || isIP(bare(name)) !== 0;
    if (!isKnown) {
      done(
        new ApiError(
          403,
          'FOREIGN_HOST',
          `host "${host}" is not a name of this daemon; use its address`,
        ),
      );
    } else if (origin !== undefined && origin !== `http://${host}`) {
      done(new ApiError(403, 'FOREIGN_ORIGIN', `pages of ${origin} may not use this daemon`));
    } else {
      done();
    }
  };
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** An IPv6 address without its brackets. */
function bare(name: string): string {
  return name.replaceAll(/^\[|\]$/g, '');
}
