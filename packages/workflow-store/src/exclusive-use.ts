/**
 * Uses of the store's own connection that no other thread may write beside: somebody's transaction
 * would wait for the thread's lock with the event loop standing still, and a backup would begin
 * anew after each of its commits.
 */
export class ExclusiveUse {
  #users = 0;
  #allLanded: () => Promise<void> = () => Promise.resolve();

  get isHeld(): boolean {
    return this.#users > 0;
  }

  /** @param allLanded resolves when nothing is being written elsewhere. */
  waitsFor(allLanded: () => Promise<void>): void {
    this.#allLanded = allLanded;
  }

  async hold(): Promise<void> {
    this.#users += 1;
    await this.#allLanded();
  }

  letGo(): void {
    this.#users -= 1;
  }

  async during<Result>(use: () => Promise<Result>): Promise<Result> {
    await this.hold();
    try {
      return await use();
    } finally {
      this.letGo();
    }
  }
}
