import type { Create } from '../check/subject.ts';
import { onGlobals } from '../world/on-globals.ts';

type PRetry<Options> = (
  operation: () => unknown,
  options: Options & { readonly signal?: AbortSignal },
) => Promise<unknown>;

/** p-retry on trial. Its users give the signal to their operation themselves, and so it is done here. */
export function pRetry<Options extends object>(retry: PRetry<Options>, options: Options): Create {
  return onGlobals(() => ({
    call: (work, { signal }) =>
      retry(() => work(signal), signal === undefined ? options : { ...options, signal }),
  }));
}
