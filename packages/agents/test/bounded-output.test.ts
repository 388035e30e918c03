import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedOutput, tailOf } from '../src/bounded-output.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((b) => b % 128)));

test('keeps exactly the first and last half of what fits, however it is cut into chunks', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 0, max: 64 }), (parts, keep) => {
      const output = new BoundedOutput(keep);
      for (const part of parts) output.write(part);
      const all = Buffer.concat(parts).toString('latin1');
      const head = all.slice(0, Math.ceil(keep / 2));
      const tail = all.slice(Math.max(head.length, all.length - Math.floor(keep / 2)));
      const leftOut = all.length - head.length - tail.length;
      expect(output.captured()).toEqual({
        text: leftOut === 0 ? all : `${head}\n… ${leftOut} bytes left out …\n${tail}`,
        bytes: all.length,
        truncated: leftOut > 0,
      });
    }),
  );
});

test('a cut through a character leaves no half of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(30), (text, keep) => {
      const output = new BoundedOutput(keep);
      output.write(Buffer.from(text.repeat(20)));
      expect(output.captured().text).not.toContain('\uFFFD');
    }),
  );
});

test('a tail says that something came before it', () => {
  expect(tailOf('abcdef', 3)).toBe('…def');
  expect(tailOf('abc', 3)).toBe('abc');
});
