import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntelligentScheduler } from '../src/index.ts';
import { laneFor } from '../src/lane.ts';

const rule = { urgentSlots: 1, urgentFrom: 8, oldestSlots: 1 };

describe('laneFor', () => {
  it.each([
    { slots: undefined, ordinary: 9, oldest: 0, lane: 'score' },
    { slots: 10, ordinary: 0, oldest: 0, lane: 'oldest' },
    { slots: 10, ordinary: 8, oldest: 1, lane: 'score' },
    { slots: 10, ordinary: 9, oldest: 1, lane: 'urgent' },
    { slots: 10, ordinary: 9, oldest: 0, lane: 'urgent' },
    { slots: 2, ordinary: 0, oldest: 0, lane: 'score' },
    { slots: 1, ordinary: 0, oldest: 0, lane: 'score' },
  ])('gives a slot of $slots to $lane with $ordinary ordinary, $oldest oldest', (row) => {
    expect(laneFor(row.slots, row, rule)).toBe(row.lane);
  });

  it('always leaves a slot that ordinary tasks get by score', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(30), (slots, urgentSlots) => {
        const wide = { ...rule, urgentSlots };
        const lanes = [0, 1].map((oldest) => laneFor(slots, { ordinary: 0, oldest }, wide));
        expect(lanes[1]).toBe('score');
      }),
    );
  });

  it('reserves nothing unless asked', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (slots, ordinary, oldest) => {
        const none = { urgentSlots: 0, urgentFrom: 8, oldestSlots: 0 };
        expect(laneFor(slots, { ordinary, oldest }, none)).toBe('score');
      }),
    );
  });
});

describe('reserved slots', () => {
  const slots = 3;

  it('keep one free for an urgent task, which starts though the others are taken', () => {
    const scheduler = new IntelligentScheduler({ urgentSlots: 1 });
    for (const [index, id] of ['a', 'b', 'c'].entries()) push(scheduler, id, 5, index);
    const context = { now: 10, slots };
    expect([1, 2, 3].map(() => scheduler.pop(context)?.id)).toEqual(['a', 'b', undefined]);
    push(scheduler, 'urgent', 8, 10);
    expect(scheduler.pop(context)?.id).toBe('urgent');
    expect(scheduler.finish('a')).toBe(true);
    expect(scheduler.finish('a')).toBe(false);
    expect(scheduler.pop(context)?.id).toBe('c');
  });

  it('count a task as urgent from the priority that urgentFrom names', () => {
    const scheduler = new IntelligentScheduler({ urgentSlots: 2, urgentFrom: 6 });
    for (const [index, id] of ['a', 'b'].entries()) push(scheduler, id, 5, index);
    push(scheduler, 'c', 6, 5);
    const context = { now: 10, slots };
    expect([1, 2, 3].map(() => scheduler.pop(context)?.id)).toEqual(['c', 'a', undefined]);
  });

  it('serve the oldest waiter on one slot, whatever its score', () => {
    const scheduler = new IntelligentScheduler({ oldestSlots: 1 });
    push(scheduler, 'oldest', 0, 0);
    push(scheduler, 'old', 0, 1);
    for (const id of ['a', 'b', 'c']) push(scheduler, id, 9, 2);
    const context = { now: 10, slots };
    expect([1, 2, 3].map(() => scheduler.pop(context)?.id)).toEqual(['oldest', 'a', 'b']);
    scheduler.finish('a');
    expect(scheduler.pop(context)?.id).toBe('c');
    scheduler.finish('oldest');
    expect(scheduler.pop(context)?.id).toBe('old');
  });

  it('forget a first run that was never said to have ended', () => {
    const scheduler = new IntelligentScheduler({ urgentSlots: 1 });
    const context = { now: 10, slots: 2 };
    for (let run = 0; run < 3; run += 1) {
      push(scheduler, 'again', 9, 0);
      expect(scheduler.pop(context)?.id).toBe('again');
    }
    push(scheduler, 'ordinary', 1, 0);
    expect(scheduler.pop(context)?.id).toBe('ordinary');
    expect(scheduler.pop(context)).toBeUndefined();
  });
});

function push(scheduler: IntelligentScheduler, id: string, priority: number, enqueuedAt: number) {
  scheduler.push({ id, priority, enqueuedAt });
}
