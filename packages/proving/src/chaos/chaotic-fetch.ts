import { ChaosError } from './chaos-error.ts';
import type { Fault } from './decide.ts';
import type { Victim } from './inject.ts';

/** Answers with these have no body to cut. */
const bodiless: readonly number[] = [101, 103, 204, 205, 304];

/** One request of `fetch`, as something that can go wrong. */
export function requestVictim(
  fetch: typeof globalThis.fetch,
  request: Request,
  call: { readonly call: number; readonly key: string },
): Victim<Response> {
  return {
    // A body is read once, and a duplicate sends it twice.
    run: () => fetch(request.clone()),
    signal: request.signal,
    fail: (fault) => failed(fault, call),
    cut: async (response, keep) => {
      const error = new ChaosError('partial', call, { code: 'CHAOS_PARTIAL' });
      return withBody(response, (bytes) => {
        const kept = bytes.subarray(0, Math.floor(bytes.length * keep));
        return bodyOf(function* () {
          if (kept.length > 0) yield kept;
          throw new TypeError('terminated', { cause: error });
        });
      });
    },
    drip: (response, pieces, wait) =>
      withBody(response, (bytes) =>
        bodyOf(async function* () {
          const size = Math.ceil(bytes.length / pieces);
          for (let at = 0; at < bytes.length; at += size) {
            await wait();
            yield bytes.subarray(at, at + size);
          }
        }),
      ),
  };
}

/** With a status the server answers; without one, nothing does. */
function failed(
  fault: Fault & { readonly kind: 'error' },
  call: { readonly call: number; readonly key: string },
): Response {
  const error = new ChaosError('error', call, fault);
  if (fault.status !== undefined) return new Response(error.message, { status: fault.status });
  throw new TypeError('fetch failed', { cause: error });
}

async function withBody(
  response: Response,
  body: (bytes: Uint8Array<ArrayBuffer>) => ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Response> {
  const { status, statusText } = response;
  if (bodiless.includes(status)) return response;
  const headers = new Headers(response.headers);
  // It is decoded by now.
  headers.delete('content-encoding');
  const bytes = new Uint8Array(await response.arrayBuffer());
  return new Response(body(bytes), { status, statusText, headers });
}

function bodyOf(
  pieces: () => Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const given = pieces();
  const iterator =
    Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
