import { describe, expect, it } from 'vitest';
import { IntelligentScheduler, type IntelligentSchedulerOptions } from '../src/index.ts';

interface Job {
  id: string;
  priority: number;
  enqueuedAt: number;
  estimateMs?: number;
  tenant?: string;
  deadlineAt?: number;
}

const everything: IntelligentSchedulerOptions = {
  fair: true,
  limit: 10,
  limitPerTenant: 5,
  whenFull: 'shed',
  whenExpired: 'drop',
};

function job(id: string, more: Partial<Job> = {}): Job {
  return { id, priority: 3, enqueuedAt: 0, tenant: 'a', ...more };
}

describe('a task that its owner changes', () => {
  it.each<{ says: string; change: Partial<Job> }>([
    { says: 'priority', change: { priority: 7 } },
    { says: 'tenant', change: { tenant: 'b' } },
    { says: 'estimate', change: { estimateMs: 1 } },
    { says: 'id', change: { id: 'other' } },
    { says: 'deadline', change: { deadlineAt: 1_000_000 } },
  ])('in its $says while it waits is handed out once', ({ change }) => {
    const scheduler = new IntelligentScheduler<Job>(everything, { onDropped: () => {} });
    const changed = job('first', { deadlineAt: 500_000 });
    scheduler.push(changed, { now: 1 });
    scheduler.push(job('second'), { now: 1 });
    Object.assign(changed, change);
    const popped = Array.from({ length: 4 }, () => scheduler.pop({ now: 1 }));
    expect(popped.map((task) => task === undefined)).toEqual([false, false, true, true]);
    expect(new Set(popped).size).toBe(3);
    expect(scheduler.size).toBe(0);
    // The limits do not count it any more.
    for (let index = 0; index < 5; index += 1) scheduler.push(job(`next ${index}`), { now: 1 });
    expect(scheduler.size).toBe(5);
  });

  it('while it runs gives its slot back all the same', () => {
    const scheduler = new IntelligentScheduler<Job>({ urgentSlots: 1 });
    scheduler.push(job('urgent', { priority: 9 }));
    const failed = scheduler.pop({ now: 0, slots: 2 });
    if (failed !== undefined) failed.priority = 3;
    scheduler.finish('urgent');
    scheduler.push(job('x'));
    scheduler.push(job('y'));
    const popped = [1, 2].map(() => scheduler.pop({ now: 0, slots: 2 })?.id);
    // One of two slots is kept for urgent work.
    expect(popped).toEqual(['x', undefined]);
  });
});

describe('a task of a class', () => {
  class Email {
    readonly address: string;
    readonly enqueuedAt = 0;

    constructor(address: string) {
      this.address = address;
    }

    get id(): string {
      return `to ${this.address}`;
    }

    get priority(): number {
      return 3;
    }

    send(): string {
      return `sent ${this.id}`;
    }
  }

  it('keeps its getters and methods when its priority is changed', () => {
    const scheduler = new IntelligentScheduler<Email>();
    scheduler.push(new Email('ada'));
    scheduler.push(new Email('bob'));
    expect(scheduler.reprioritise('to bob', 9)).toBe(true);
    const first = scheduler.pop({ now: 1 });
    expect([first?.send(), first?.priority]).toEqual(['sent to bob', 9]);
    expect(first).toBeInstanceOf(Email);
    expect(scheduler.pop({ now: 1 })?.send()).toBe('sent to ada');
  });
});
