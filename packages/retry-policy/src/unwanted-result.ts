/** Inside a retry, what an attempt fails with when its result is not wanted; callers get the result. */
export class UnwantedResult extends Error {
  // `decide` tells it by its name, so that only those who use it load it.
  override readonly name = 'UnwantedResult';
  readonly code = 'UNWANTED_RESULT';
  readonly result: unknown;

  constructor(result: unknown) {
    super('The result is one that is retried');
    this.result = result;
  }
}
