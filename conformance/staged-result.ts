/** What an operation of a scenario succeeds with. */
export class StagedResult {
  readonly value: string;
  isDisposed = false;

  constructor(value: string) {
    this.value = value;
  }

  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}

export function isBad(result: unknown): boolean {
  return result instanceof StagedResult && result.value === 'bad';
}
