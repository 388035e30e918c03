/**
 * What a refusal's constructor does in the place of Error's: everything but to capture a stack, which
 * of a refusal shows only who was refused, and costs a hundred times the rest. A class takes it by
 * `Object.setPrototypeOf(TheError, Unstacked)`: `super()` then runs it, and `instanceof Error` still
 * holds, because that goes by the prototypes of instances.
 */
export class Unstacked {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  readonly isRejection = true;

  constructor(message: string, retryAfterMs?: number) {
    this.message = message;
    this.retryAfterMs = retryAfterMs;
  }
}
