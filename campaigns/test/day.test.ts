import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { flatness, type Sample } from '../day/flatness.ts';
import { virtualDay } from '../day/virtual-day.ts';

test('a day of load ends with nothing lost, and retention has kept up with it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chimera-day-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const day = { directory, hours: 0.03, workflows: 1_000, slots: 32, seed: 1 };
  const { counts, forgotten, samples, submitted } = await virtualDay(day);
  expect(submitted).toBeGreaterThan(900);
  expect(counts).toMatchObject({ queued: 0, running: 0, waiting: 0 });
  expect(forgotten + counts.completed + counts.dead + counts.cancelled).toBe(submitted);
  // A twelfth of a cycle is kept, with the time between two sweeps and the busy time's share.
  expect(Math.max(...samples.map(({ workflows }) => workflows))).toBeLessThan(submitted / 4);
});

const cycleMs = 1_000;
/** Ten samples in each of four cycles, which rise and fall, and grow by so much from one to the next. */
function grown(by: number): readonly Sample[] {
  return Array.from({ length: 41 }, (_, index) => {
    const size = (1_000 + (index % 10)) * by ** Math.floor(index / 10);
    return {
      atMs: index * 100,
      rss: size,
      heap: size,
      database: size,
      wal: size,
      workflows: 0,
      queued: 0,
    };
  });
}

test('what comes and goes within a cycle is flat', () => {
  expect(flatness(grown(1), cycleMs).map(({ isFlat }) => isFlat)).toEqual([true, true, true, true]);
});

test('what grows by a seventh from cycle to cycle is not', () => {
  expect(flatness(grown(1.15), cycleMs).map(({ isFlat }) => isFlat)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('fewer than three cycles say nothing', () => {
  expect(() => flatness(grown(1).slice(0, 15), cycleMs)).toThrow('three cycles');
});
