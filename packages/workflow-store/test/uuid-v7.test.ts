import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuidV7 } from '../src/uuid-v7.ts';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function msOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

test('ids have their form and are in the order of their creation, whatever the clock does', () => {
  const instants = fc.array(fc.tuple(fc.nat({ max: 2 ** 45 }), fc.integer({ min: 1, max: 300 })));
  fc.assert(
    fc.property(instants, (runs) => {
      let now = 0;
      const next = uuidV7(() => now);
      const ids = runs.flatMap(([instant, count]) => {
        now = instant;
        return Array.from({ length: count }, next);
      });
      for (const id of ids) expect(id).toMatch(form);
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 30 },
  );
});

test('an id has the time of its creation; a millisecond with more than 4,096 of them borrows of the next', () => {
  const next = uuidV7(() => 1_700_000_000_000.9);
  const ids = Array.from({ length: 4_097 }, next);
  expect(msOf(ids[0] ?? '')).toBe(1_700_000_000_000);
  expect(ids[4_095]).toMatch(/-7fff-/);
  expect(msOf(ids[4_096] ?? '')).toBe(1_700_000_000_001);
  expect(ids[4_096]).toMatch(/-7000-/);
});

test('ids go on above another, whatever the clock does; above what is none of them they begin with the clock', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 45 }),
      fc.nat({ max: 2 ** 45 }),
      fc.nat(4_200),
      (was, is, count) => {
        const before = uuidV7(() => was);
        let last = before();
        for (let more = 0; more < count; more += 1) last = before();
        const next = uuidV7(() => is, last)();
        expect(next).toMatch(form);
        expect(next > last).toBe(true);
        expect(msOf(next)).toBeGreaterThanOrEqual(is);
        expect(msOf(next)).toBeLessThanOrEqual(Math.max(is, msOf(last) + 1));
      },
    ),
    { numRuns: 50 },
  );
  for (const other of ['', 'w1', crypto.randomUUID()])
    expect(msOf(uuidV7(() => 7, other)())).toBe(7);
});

test('an id is kept as it was when others follow it', () => {
  const next = uuidV7(() => 5);
  const first = next();
  const copy = Buffer.from(first).toString();
  for (let more = 0; more < 600; more += 1) next();
  expect(first).toBe(copy);
});

test('all random bits are random', () => {
  const next = uuidV7(() => 5);
  const seen = Array.from({ length: 16 }, () => new Set<string>());
  for (let id = 0; id < 2_000; id += 1)
    for (const [place, digit] of next().slice(19).replace('-', '').split('').entries())
      seen[place]?.add(digit);
  expect(seen.map(({ size }) => size)).toEqual([4, ...Array.from({ length: 15 }, () => 16)]);
});
