import { randomFillSync } from 'node:crypto';

const idsPerFill = 256;

/**
 * UUIDs of RFC 9562 version 7 that sort in the order of their creation: within a millisecond, and
 * while the clock goes back, a 12-bit counter goes on (method 1 of its section 6.2).
 */
export function uuidV7(now: () => number): () => string {
  const random = Buffer.alloc(8 * idsPerFill);
  let used = idsPerFill;
  let ms = 0;
  let counter = 0;
  return () => {
    const nowMs = Math.floor(now());
    if (nowMs > ms) {
      ms = nowMs;
      counter = 0;
    } else {
      counter += 1;
      if (counter > 0xfff) {
        ms += 1;
        counter = 0;
      }
    }
    if (used === idsPerFill) {
      randomFillSync(random);
      used = 0;
    }
    const tail = random.toString('hex', 8 * used, 8 * used + 8);
    used += 1;
    const time = ms.toString(16).padStart(12, '0');
    const variant = ((Number.parseInt(tail.charAt(0), 16) & 0x3) | 0x8).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
  };
}
