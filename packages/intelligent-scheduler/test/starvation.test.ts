import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IntelligentSchedulerOptions, starvationBoundMs } from '../src/index.ts';
import { type Arrival, simulatePool } from './simulated-pool.ts';

const second = 1_000;
const hour = 3_600 * second;

/** One task of `priority` every `everyMs` for two hours, each of a minute. */
function stream(name: string, priority: number, everyMs: number): Arrival[] {
  return Array.from({ length: Math.floor((2 * hour) / everyMs) }, (_, index) => ({
    id: `${name}${index}`,
    tenant: name,
    priority,
    enqueuedAt: index * everyMs,
    estimateMs: 60 * second,
    tookMs: 60 * second,
  }));
}

const byArrival = (a: Arrival, b: Arrival) => a.enqueuedAt - b.enqueuedAt;

describe('starvation', () => {
  const arrival = fc.record({
    priority: fc.nat(10),
    gapMs: fc.nat(120 * second),
    estimateMs: fc.constantFrom(5 * second, 59_999, 60 * second, 300 * second),
    tookMs: fc.integer({ min: second, max: 300 * second }),
  });

  it('has the bound that starvationBoundMs states: what comes later never passes', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fc.array(arrival, { minLength: 100, maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 3 }),
        (gaps, slots) => {
          let enqueuedAt = 0;
          const arrivals = gaps.map(({ gapMs, ...task }, index) => {
            enqueuedAt += gapMs;
            return { id: `t${index}`, enqueuedAt, ...task };
          });
          simulatePool(arrivals, slots, Infinity, {}, ({ task }, waiting) => {
            for (const other of waiting.values()) {
              const headStart = task.enqueuedAt - other.enqueuedAt;
              if (headStart <= 0) continue;
              passed += 1;
              const bound = starvationBoundMs(task.priority - other.priority);
              if (headStart >= bound) throw new Error(`${task.id} passed ${other.id}`);
            }
          });
        },
      ),
      { numRuns: 40 },
    );
    expect(passed).toBeGreaterThan(1_000);
  });

  it('spares a trickle below a stream that fills the pool', () => {
    // Four slots serve one such task every 15 s; the stream alone is that many.
    const arrivals = [...stream('stream', 5, 15 * second), ...stream('trickle', 4, 20 * second)];
    const starts = simulatePool(arrivals.sort(byArrival), 4, 2 * hour);
    const trickle = starts.filter(({ task }) => task.tenant === 'trickle');
    expect(trickle.length).toBeGreaterThan(100);
    // Without promotion nothing but the first few would start, before the stream has filled the pool.
    const first = Math.min(...trickle.slice(3).map(({ at }) => at));
    expect(first).toBeLessThanOrEqual(starvationBoundMs(1) + 4 * 60 * second);
  });

  it('spares a small tenant of lower priority when shares are fair', () => {
    const arrivals = [...stream('stream', 5, second), ...stream('trickle', 4, 60 * second)];
    const starts = simulatePool(arrivals.sort(byArrival), 4, 2 * hour, { fair: true });
    const waits = starts
      .filter(({ task }) => task.tenant === 'trickle')
      .map(({ task, at }) => at - task.enqueuedAt);
    expect(waits.length).toBeGreaterThan(85);
    expect(Math.max(...waits)).toBeLessThanOrEqual(starvationBoundMs(1) + 60 * second);
  });
});

describe('work', () => {
  it.each([
    { options: {}, reserved: 0 },
    { options: { fair: true }, reserved: 0 },
    { options: { oldestSlots: 1 }, reserved: 0 },
    { options: { urgentSlots: 2 }, reserved: 2 },
  ] satisfies { options: IntelligentSchedulerOptions; reserved: number }[])(
    'is conserved: no slot but the reserved stays free while a task waits ($options)',
    ({ options, reserved }) => {
      fc.assert(
        fc.property(
          fc.array(arrivalOf(), { minLength: 1, maxLength: 80 }),
          fc.integer({ min: 1, max: 4 }),
          (gaps, slots) => {
            let enqueuedAt = 0;
            const arrivals = gaps.map(({ gapMs, ...task }, index) => {
              enqueuedAt += gapMs;
              return { id: `t${index}`, enqueuedAt, ...task };
            });
            const starts = simulatePool(arrivals, slots, Infinity, options);
            expect(starts.length).toBe(arrivals.length);
            // A task that waited must have started when one ended, with all slots taken until then.
            for (const { task, at } of starts.filter((start) => start.at > start.task.enqueuedAt)) {
              const busy = starts.filter(
                (other) => other.at < at && other.at + other.task.tookMs >= at,
              );
              const open = Math.max(1, slots - reserved);
              expect({ id: task.id, isFull: busy.length >= open }).toEqual({
                id: task.id,
                isFull: true,
              });
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});

function arrivalOf() {
  return fc.record({
    priority: fc.nat(10),
    gapMs: fc.nat(60 * second),
    tenant: fc.constantFrom('a', 'b'),
    estimateMs: fc.constantFrom(5 * second, 60 * second),
    tookMs: fc.integer({ min: 1, max: 200 * second }),
  });
}
