/** What happened, next to what has to happen. Plain JSON: it comes out of other runtimes. */
export interface Finding {
  readonly claim: string;
  readonly seen: unknown;
  readonly wanted: unknown;
}

/** What an operation ended with: its result, or the code or message of its error. */
export async function ending(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    // A DOMException has a number for a code.
    return typeof code === 'string' ? code : message;
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
