import { StringDecoder } from 'node:string_decoder';

/** What is kept of an output stream. */
export interface CapturedOutput {
  /** The whole output, or its head and its tail around a marker that says how much was left out. */
  readonly text: string;
  /** All bytes that were printed, kept or not. */
  readonly bytes: number;
  readonly truncated: boolean;
}

/**
 * Keeps the first and the last `keepBytes / 2` bytes of a stream, and counts the rest. Memory is
 * taken as it is needed, and never more than about `keepBytes`, however small the chunks are.
 */
export class BoundedOutput {
  readonly #head: GrowingBuffer;
  readonly #tail: RingBuffer;
  #bytes = 0;

  constructor(keepBytes: number) {
    this.#head = new GrowingBuffer(Math.ceil(keepBytes / 2));
    this.#tail = new RingBuffer(Math.floor(keepBytes / 2));
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const taken = this.#head.write(chunk);
    if (taken < chunk.length) this.#tail.write(chunk.subarray(taken));
  }

  captured(): CapturedOutput {
    const head = this.#head.content();
    const tail = this.#tail.content();
    const leftOut = this.#bytes - head.length - tail.length;
    if (leftOut === 0) {
      const text = Buffer.concat([head, tail]).toString('utf8');
      return { text, bytes: this.#bytes, truncated: false };
    }
    const text = `${textOfHead(head)}\n… ${leftOut} bytes left out …\n${textOfTail(tail)}`;
    return { text, bytes: this.#bytes, truncated: true };
  }
}

/** The last `characters` of a text, marked when something is missing. */
export function tailOf(text: string, characters: number): string {
  return text.length <= characters ? text : `…${text.slice(-characters)}`;
}

class GrowingBuffer {
  readonly #limit: number;
  #buffer = Buffer.alloc(0);
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns how many bytes found room. */
  write(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#limit - this.#used);
    const needed = this.#used + taken;
    if (needed > this.#buffer.length) {
      const grown = Buffer.alloc(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)));
      grown.set(this.content());
      this.#buffer = grown;
    }
    this.#buffer.set(chunk.subarray(0, taken), this.#used);
    this.#used = needed;
    return taken;
  }

  content(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }
}

/** The newest `limit` bytes. It grows until it is full, and turns from then on. */
class RingBuffer {
  readonly #limit: number;
  readonly #filling: GrowingBuffer;
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#filling = new GrowingBuffer(limit);
  }

  write(chunk: Uint8Array): void {
    const rest = chunk.subarray(this.#filling.write(chunk)).subarray(-this.#limit);
    if (this.#limit === 0 || rest.length === 0) return;
    const ring = this.#filling.content();
    const untilEnd = Math.min(rest.length, this.#limit - this.#next);
    ring.set(rest.subarray(0, untilEnd), this.#next);
    ring.set(rest.subarray(untilEnd), 0);
    this.#next = (this.#next + rest.length) % this.#limit;
  }

  content(): Buffer {
    const ring = this.#filling.content();
    return Buffer.concat([ring.subarray(this.#next), ring.subarray(0, this.#next)]);
  }
}

/** A cut through the middle of a character would leave replacement characters: its bytes are dropped. */
function textOfHead(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}

function textOfTail(bytes: Buffer): string {
  const start = bytes.findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000);
  return start === -1 ? '' : bytes.toString('utf8', start);
}
