import { randomFillSync } from 'node:crypto';

const idsPerFill = 256;
const randomBytes = 8;
const form = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** The ASCII codes of the hexadecimal digits. */
const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/**
 * UUIDs of RFC 9562 version 7 that sort in the order of their creation: within a millisecond, and
 * while the clock goes back, a 12-bit counter goes on (method 1 of its section 6.2).
 *
 * Digits are written over those of the one before: put together of texts, an id takes four times
 * as long, and stays in pieces, which makes each use of it slower too.
 *
 * @param after the first id is above this one, if it is of this form
 */
export function uuidV7(now: () => number, after = ''): () => string {
  const random = Buffer.alloc(randomBytes * idsPerFill);
  const text = Buffer.from('00000000-0000-7000-8000-000000000000');
  let used = random.length;
  let { counter, ms } = timeOf(after);
  const digit = (at: number, value: number): void => {
    text[at] = digits[value & 0xf] ?? 0;
  };
  const writeTime = (): void => {
    let rest = ms;
    for (let place = 11; place >= 0; place -= 1) {
      digit(place < 8 ? place : place + 1, rest % 16);
      rest = Math.floor(rest / 16);
    }
  };
  writeTime();
  return () => {
    const nowMs = Math.floor(now());
    if (nowMs > ms) {
      ms = nowMs;
      counter = 0;
      writeTime();
    } else {
      counter += 1;
      if (counter > 0xfff) {
        ms += 1;
        counter = 0;
        writeTime();
      }
    }
    digit(15, counter >>> 8);
    digit(16, counter >>> 4);
    digit(17, counter);
    if (used === random.length) {
      randomFillSync(random);
      used = 0;
    }
    // The variant's two bits, then 62 random ones: four digits, a dash, twelve digits.
    let at = 19;
    for (let index = 0; index < randomBytes; index += 1) {
      const byte = random[used + index] ?? 0;
      digit(at, index === 0 ? 0x8 | ((byte >>> 4) & 0x3) : byte >>> 4);
      digit(at + 1, byte);
      at += index === 1 ? 3 : 2;
    }
    used += randomBytes;
    return text.toString('latin1');
  };
}

/** When an id was made, and which of that millisecond it is. */
function timeOf(id: string): { ms: number; counter: number } {
  const [, high, low, counter] = form.exec(id) ?? ['', '0', '0', '0'];
  return { ms: Number.parseInt(`${high}${low}`, 16), counter: Number.parseInt(counter ?? '0', 16) };
}
