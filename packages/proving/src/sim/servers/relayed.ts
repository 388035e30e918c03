import type { Answer, Request } from './server.ts';

/** A request that a server hands on to one behind it; what it is told of it, the caller is told. */
export class Relayed implements Request {
  readonly answered: (answer: Answer) => void;
  readonly #front: Request;

  constructor(front: Request, answered: (answer: Answer) => void) {
    this.#front = front;
    this.answered = answered;
  }

  get key(): number {
    return this.#front.key;
  }

  get isAbandoned(): boolean {
    return this.#front.isAbandoned;
  }

  get startedAt(): number {
    return this.#front.startedAt;
  }

  set startedAt(at: number) {
    this.#front.startedAt = at;
  }
}
