import type { Clock, Timer } from '@chimera/policy';
import type { DestinationStream } from 'pino';

/** Written at once: more is no use to keep. */
const mostCharacters = 65_536;
const withinMs = 20;
/** Asks pino for the level of what it writes. */
const metadata: unique symbol = Symbol.for('pino.metadata');
/** pino's number for `warn`. */
const warn = 40;

/**
 * Writes the lines of 20 ms in one piece: a system call costs more than the lines of a hundred
 * workflows. From `warn` up nothing waits. What kills the process on the spot takes what waits;
 * when it exits by itself, `flushSync` has to be called.
 */
export class LineBuffer implements DestinationStream {
  readonly [metadata] = true;
  lastLevel = 0;
  readonly #destination: DestinationStream;
  readonly #clock: Pick<Clock, 'setTimer'>;
  #pending = '';
  #timer: Timer | undefined;

  constructor(destination: DestinationStream, clock: Pick<Clock, 'setTimer'>) {
    this.#destination = destination;
    this.#clock = clock;
  }

  write(line: string): void {
    this.#pending += line;
    if (this.lastLevel >= warn || this.#pending.length >= mostCharacters) {
      this.lastLevel = 0;
      this.flushSync();
    } else if (this.#timer === undefined) {
      this.#timer = this.#clock.setTimer(this.#flushDue, withinMs);
      // A process that is done writes it when it exits.
      this.#timer.unref?.();
    }
  }

  flushSync(): void {
    if (this.#pending === '') return;
    const lines = this.#pending;
    this.#pending = '';
    this.#destination.write(lines);
  }

  readonly #flushDue = (): void => {
    this.#timer = undefined;
    this.flushSync();
  };
}
