import { ChaosError } from './chaos-error.ts';

/** The first part of texts, lists and bytes; of anything else nothing arrives, though the work is done. */
export function cutAnswer<T>(
  answer: T,
  keep: number,
  call: { readonly call: number; readonly key: string },
): T {
  if (typeof answer === 'string' || Array.isArray(answer) || answer instanceof Uint8Array) {
    const kept = Math.floor(answer.length * keep);
    return answer.slice(0, kept) as T;
  }
  if (isIterable(answer)) return cutIterable(answer, keep, call) as T;
  throw new ChaosError('partial', call, {
    code: 'CHAOS_PARTIAL',
    message: `Call ${call.call} of "${call.key}" was done, and its answer is lost as planned (partial)`,
  });
}

/** What comes piece by piece comes slower; what comes at once comes when all its pieces would have come. */
export async function dripAnswer<T>(
  answer: T,
  pieces: number,
  wait: () => Promise<void>,
): Promise<T> {
  if (isIterable(answer)) return slowly(answer, wait) as T;
  for (let piece = 0; piece < pieces; piece += 1) await wait();
  return answer;
}

function isIterable(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function* slowly(answer: AsyncIterable<unknown>, wait: () => Promise<void>): AsyncGenerator {
  for await (const piece of answer) {
    await wait();
    yield piece;
  }
}

/** How many will come is not known before: they are held until all are there. */
async function* cutIterable(
  answer: AsyncIterable<unknown>,
  keep: number,
  call: { readonly call: number; readonly key: string },
): AsyncGenerator {
  const all: unknown[] = [];
  for await (const piece of answer) all.push(piece);
  yield* all.slice(0, Math.floor(all.length * keep));
  throw new ChaosError('partial', call, { code: 'CHAOS_PARTIAL' });
}
