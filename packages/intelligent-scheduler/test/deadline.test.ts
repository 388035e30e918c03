import { describe, expect, it } from 'vitest';
import { IntelligentScheduler, type IntelligentSchedulerOptions, type Task } from '../src/index.ts';

const minute = 60_000;

/** An estimate of a minute: pressed from three minutes before the deadline. */
function task(id: string, more: Partial<Task> = {}): Task {
  return { id, priority: 5, enqueuedAt: 0, estimateMs: minute, ...more };
}

function order(tasks: readonly Task[], now: number, options: IntelligentSchedulerOptions = {}) {
  const scheduler = new IntelligentScheduler(options);
  for (const each of tasks) scheduler.push(each);
  return tasks.map(() => scheduler.pop({ now })?.id);
}

describe('a deadline', () => {
  const pair = [task('first'), task('due', { deadlineAt: 10 * minute })];

  it.each([
    { says: 'does not press at three estimates before it', now: 7 * minute, best: 'first' },
    { says: 'presses within three estimates', now: 7 * minute + 1, best: 'due' },
    { says: 'presses to the last', now: 10 * minute - 1, best: 'due' },
    { says: 'no longer presses once it has passed', now: 10 * minute, best: 'first' },
  ])('$says', ({ now, best }) => {
    expect(order(pair, now)[0]).toBe(best);
  });

  it('presses as early as deadlineSlack says', () => {
    expect(order(pair, 5 * minute + 1, { deadlineSlack: 4 })[0]).toBe('due');
    expect(order(pair, 5 * minute, { deadlineSlack: 4 })[0]).toBe('first');
  });

  it('orders pressed tasks by itself, earliest first', () => {
    const tasks = [3, 1, 2].map((at) => task(`at ${at}`, { deadlineAt: at * minute }));
    expect(order(tasks, 1)).toEqual(['at 1', 'at 2', 'at 3']);
  });

  it('lifts nothing over a higher score, nor over another tenant in its turn', () => {
    const due = task('due', { priority: 4, deadlineAt: minute, tenant: 'b' });
    expect(order([due, task('higher')], 1)[0]).toBe('higher');
    const peer = task('peer', { priority: 4, tenant: 'a' });
    expect(order([peer, due], 1, { fair: true })[0]).toBe('peer');
    expect(order([peer, due], 1)[0]).toBe('due');
  });

  it('lets one task in four go by score, however many are pressed', () => {
    const plain = ['p1', 'p2'].map((id) => task(id));
    const pressed = Array.from({ length: 8 }, (_, index) =>
      task(`d${index}`, { deadlineAt: minute }),
    );
    const ids = order([...plain, ...pressed], 1);
    expect([ids.indexOf('p1'), ids.indexOf('p2')]).toEqual([3, 7]);
    const everyOther = order([...plain, ...pressed], 1, { deadlineBurst: 1 });
    expect([everyOther.indexOf('p1'), everyOther.indexOf('p2')]).toEqual([1, 3]);
    expect(order([...plain, ...pressed], 1, { deadlineBurst: 0 }).slice(0, 2)).toEqual([
      'p1',
      'p2',
    ]);
  });

  it.each(['peek', 'explain', 'pop'] as const)('counts after a %s at a later instant', (look) => {
    const scheduler = new IntelligentScheduler();
    for (const each of [...pair, task('best', { enqueuedAt: -1 })]) scheduler.push(each);
    const later = { now: 11 * minute };
    if (look === 'explain') scheduler.explain('first', later);
    else scheduler[look](later);
    if (look !== 'pop') scheduler.cancel('best');
    expect(scheduler.pop({ now: 8 * minute })?.id).toBe('due');
  });

  it('of a task of unknown length presses three minutes ahead', () => {
    const { estimateMs: _, ...unknown } = task('due', { deadlineAt: 10 * minute });
    expect(order([task('first'), unknown], 7 * minute + 1)[0]).toBe('due');
    expect(order([task('first'), unknown], 7 * minute)[0]).toBe('first');
  });
});
