import type { Clock, Timer } from '@chimera/policy';
import type { DestinationStream } from 'pino';

/** Takes the bytes of whole lines, and keeps none. */
export interface ByteSink {
  write(bytes: Buffer): unknown;
  /** Lines that it could not write, so far. */
  readonly lost?: number;
  /** Why it cannot write just now; null when it can. */
  reason?(): string | null;
}

/** Written at once: more is no use to keep. */
const mostBytes = 65_536;
/** UTF-8 takes as many bytes for a unit of UTF-16, or fewer. */
const mostBytesOfUnit = 3;
const withinMs = 20;
/** Asks pino for the level of what it writes. */
const metadata: unique symbol = Symbol.for('pino.metadata');
/** pino's number for `warn`. */
const warn = 40;

/**
 * Writes the lines of 20 ms in one piece: a system call costs more than the lines of a hundred
 * workflows. They wait as bytes: as texts they would be made, joined, measured and encoded, and then
 * be garbage. From `warn` up nothing waits. What kills the process on the spot takes what waits;
 * when it exits by itself, `flushSync` has to be called.
 */
export class LineBuffer implements DestinationStream {
  readonly [metadata] = true;
  lastLevel = 0;
  readonly sink: ByteSink;
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #bytes = Buffer.allocUnsafeSlow(mostBytes);
  #length = 0;
  #timer: Timer | undefined;

  constructor(sink: ByteSink, clock: Pick<Clock, 'setTimer'>) {
    this.sink = sink;
    this.#clock = clock;
  }

  write(line: string): void {
    const most = mostBytesOfUnit * line.length;
    if (most > mostBytes) {
      this.flushSync();
      this.sink.write(Buffer.from(line));
      return;
    }
    const bytes = this.room(most);
    this.wrote(bytes.write(line, this.#length));
    if (this.lastLevel < warn) return;
    this.lastLevel = 0;
    this.flushSync();
  }

  /** Where the next line is put, by whoever makes its bytes: from `length` on, no more than `most`. Then `wrote` is told. */
  room(most: number): Buffer {
    if (this.#length + most > mostBytes) this.flushSync();
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  wrote(bytes: number): void {
    this.#length += bytes;
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#flushDue, withinMs);
    // A process that is done writes it when it exits.
    this.#timer.unref?.();
  }

  flushSync(): void {
    if (this.#length === 0) return;
    const lines = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.sink.write(lines);
  }

  readonly #flushDue = (): void => {
    this.#timer = undefined;
    this.flushSync();
  };
}
