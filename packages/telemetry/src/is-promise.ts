/** A promise, also another realm's. Other thenables may start their work when `then` is called, so they are left alone. */
export function isPromise(value: object): value is Promise<unknown> {
  return (
    value instanceof Promise ||
    (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Promise'
  );
}
