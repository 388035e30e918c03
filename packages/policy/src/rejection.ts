/**
 * Error without its constructor: of a refusal a stack shows only who was refused, and capturing one
 * costs a hundred times the rest. `instanceof Error` holds all the same.
 */
const Unstacked: new () => Error = /* @__PURE__ */ (() => {
  function Unstacked() {}
  Unstacked.prototype = Error.prototype;
  return Unstacked as unknown as new () => Error;
})();

/**
 * A policy refused to run the operation: the operation was not called, so this says nothing about
 * the health of what it calls. Its `stack` is name and message alone. Test `code`, or `isRejection`,
 * rather than the class.
 */
export abstract class RejectionError extends Unstacked {
  abstract readonly code: string;
  override readonly message: string;
  /** Marks refusals across copies of this package. */
  readonly isRejection: true = true;
  /** How long to wait before trying again, in ms; undefined when unknown. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super();
    this.message = message;
    this.retryAfterMs = retryAfterMs;
  }

  override get stack(): string {
    return String(this);
  }
}
