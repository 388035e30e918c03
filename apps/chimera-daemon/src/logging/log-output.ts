import { writeSync } from 'node:fs';
import type { Clock } from '@chimera/policy';
import { systemReason } from '../system-reason.ts';
import { jsonText } from './json-text.ts';
import type { ByteSink } from './line-buffer.ts';

export interface LogOutputDeps {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  /** As `fs.writeSync`: how many of the bytes from `start` on were written. */
  readonly put?: (descriptor: number, bytes: Buffer, start: number) => number;
  /** Blocks for so many ms. */
  readonly pause?: (ms: number) => void;
}

const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** How long a reader that is busy is waited for, and how seldom: all else stands still meanwhile. */
const mostWaitMs = 100;
const waitStepMs = 5;
const waitEveryMs = 10_000;

/**
 * Where lines go that may not end what they tell of. Those that cannot be written (a full disk, a
 * pipe that nobody reads) are counted and dropped. The next ones are tried again, after a line that
 * says how many are missing, since when and why. A line that was begun is ended before anything
 * else is written. Never throws.
 */
export class LogOutput implements ByteSink {
  readonly #descriptor: number;
  readonly #clock: LogOutputDeps['clock'];
  readonly #put: NonNullable<LogOutputDeps['put']>;
  readonly #pause: NonNullable<LogOutputDeps['pause']>;
  #failure: string | null = null;
  #lost = 0;
  /** Of those, how many no line has told of. */
  #untold = 0;
  #since = 0;
  /** The rest of a line that was begun. */
  #rest = nothing;
  #waitsFrom = -Infinity;

  constructor(descriptor: number, { clock, pause = block, put = writeFrom }: LogOutputDeps) {
    this.#descriptor = descriptor;
    this.#clock = clock;
    this.#put = put;
    this.#pause = pause;
  }

  /** Lines that were dropped, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Why it could not be written just now; null when it can be. After a failure it is tried again. */
  reason(): string | null {
    if (this.#failure !== null) this.#recover();
    return this.#failure;
  }

  write(bytes: Buffer): void {
    if (this.#failure !== null && !this.#recover()) return this.#drop(bytes, 0);
    const written = this.#writeMost(bytes);
    if (written === bytes.length) return;
    const isWithin = written > 0 && bytes[written - 1] !== newline;
    const next = isWithin ? bytes.indexOf(newline, written) + 1 || bytes.length : written;
    // Copied: whose bytes they are writes others there.
    this.#rest = Buffer.from(bytes.subarray(written, next));
    this.#drop(bytes, next);
  }

  /** Ends the line that was begun, and tells what is missing after it. */
  #recover(): boolean {
    const rest = this.#rest;
    const bytes = this.#untold === 0 ? rest : Buffer.concat([rest, this.#missing()]);
    const written = this.#writeMost(bytes);
    this.#rest = (written > rest.length ? bytes : rest).subarray(written);
    if (written > rest.length) this.#untold = 0;
    if (written < bytes.length) return false;
    this.#failure = null;
    return true;
  }

  /** How many bytes were written. */
  #writeMost(bytes: Buffer): number {
    let written = 0;
    let waitedMs = 0;
    while (written < bytes.length) {
      try {
        const more = this.#put(this.#descriptor, bytes, written);
        if (more === 0) throw new Error('it takes nothing');
        written += more;
      } catch (error) {
        if (isBusy(error) && waitedMs < mostWaitMs && this.#mayWait()) {
          this.#pause(waitStepMs);
          waitedMs += waitStepMs;
          continue;
        }
        if (waitedMs > 0) this.#waitsFrom = this.#clock.monotonic() + waitEveryMs;
        this.#failure =
          error instanceof Error && 'errno' in error ? systemReason(error) : String(error);
        return written;
      }
    }
    return written;
  }

  #mayWait(): boolean {
    return this.#failure === null && this.#clock.monotonic() >= this.#waitsFrom;
  }

  #drop(bytes: Buffer, from: number): void {
    let lines = 0;
    for (let at = bytes.indexOf(newline, from); at >= 0; at = bytes.indexOf(newline, at + 1))
      lines += 1;
    if (lines === 0) return;
    if (this.#untold === 0) this.#since = this.#clock.now();
    this.#untold += lines;
    this.#lost += lines;
  }

  #missing(): Buffer {
    const since = new Date(this.#since).toISOString();
    const lines = this.#untold === 1 ? '1 line' : `${this.#untold} lines`;
    const reason = this.#failure ?? '';
    const message = `${lines} of the log could not be written from ${since} on: ${reason}`;
    const time = new Date(this.#clock.now()).toISOString();
    return Buffer.from(
      `{"level":"warn","time":"${time}","service":"chimera","component":"log","context":{"lost":${this.#untold},"since":"${since}","reason":${jsonText(reason)}},"msg":${jsonText(message)}}\n`,
    );
  }
}

function writeFrom(descriptor: number, bytes: Buffer, start: number): number {
  return writeSync(descriptor, bytes, start);
}

/** A pipe that does not block, and is full for now. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
