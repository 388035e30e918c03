import type { DestinationStream } from 'pino';

/** Written at once, whatever the turn of the event loop: more is no use to keep. */
const mostCharacters = 65_536;
/** Asks pino for the level of what it writes. */
const metadata: unique symbol = Symbol.for('pino.metadata');
/** pino's number for `warn`. */
const warn = 40;

/**
 * Writes the lines of one turn of the event loop in one piece, at its end: a system call costs
 * more than the lines of a hundred workflows. From `warn` up nothing waits, nor does what the
 * process has not written when it exits. What kills it on the spot takes the lines of one turn.
 */
export class TurnBuffer implements DestinationStream {
  readonly [metadata] = true;
  lastLevel = 0;
  readonly #destination: DestinationStream;
  #pending = '';
  #isDue = false;

  constructor(destination: DestinationStream) {
    this.#destination = destination;
  }

  write(line: string): void {
    this.#pending += line;
    if (this.lastLevel >= warn || this.#pending.length >= mostCharacters) {
      this.lastLevel = 0;
      this.flushSync();
    } else if (!this.#isDue) {
      this.#isDue = true;
      setImmediate(this.#flushDue);
    }
  }

  flushSync(): void {
    if (this.#pending === '') return;
    const lines = this.#pending;
    this.#pending = '';
    this.#destination.write(lines);
  }

  readonly #flushDue = (): void => {
    this.#isDue = false;
    this.flushSync();
  };
}
