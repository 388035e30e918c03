import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { highestPriority, type Place, WaitQueue } from '../src/wait-queue.ts';

interface Ticket extends Place {
  readonly id: number;
}

function ticket(id: number, priority: number, queuedAt: number): Ticket {
  return { id, priority, queuedAt, before: undefined, after: undefined };
}

const priorities = fc.nat(highestPriority);
const arrivals = fc.array(fc.record({ priority: priorities, afterMs: fc.nat(50) }), {
  maxLength: 60,
});

/** All of them, in the order in which they came. */
function queueOf(
  arriving: readonly { readonly priority: number; readonly afterMs: number }[],
  ageingMs: number,
) {
  const queue = new WaitQueue<Ticket>(ageingMs);
  let now = 0;
  const tickets = arriving.map(({ priority, afterMs }, id) => {
    now += afterMs;
    const place = ticket(id, priority, now);
    queue.push(place);
    return place;
  });
  return { queue, tickets };
}

function drain(queue: WaitQueue<Ticket>): Ticket[] {
  const order: Ticket[] = [];
  for (let { next } = queue; next !== undefined; { next } = queue) {
    order.push(next);
    queue.remove(next);
  }
  return order;
}

describe('the order of those who wait', () => {
  test('is that of their arrival less the head start of their priority', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 40 }), (arriving, ageingMs) => {
        const { queue, tickets } = queueOf(arriving, ageingMs);
        const keyOf = ({ queuedAt, priority }: Ticket) => queuedAt - priority * ageingMs;
        // Sorting is stable, so ties stay in the order of arrival.
        const expected = tickets.toSorted((left, right) => keyOf(left) - keyOf(right));
        expect(drain(queue).map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }),
    );
  });

  test('nobody is overtaken by those who come later than the head start allows', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 40 }), (arriving, ageingMs) => {
        const order = drain(queueOf(arriving, ageingMs).queue);
        for (const [place, late] of order.entries()) {
          for (const early of order.slice(place + 1)) {
            const lead = Math.max(0, late.priority - early.priority) * ageingMs;
            expect(late.queuedAt - early.queuedAt).toBeLessThanOrEqual(lead);
          }
        }
      }),
    );
  });

  test('whoever leaves early changes it for nobody else', () => {
    fc.assert(
      fc.property(arrivals, fc.array(fc.nat(60)), (arriving, leaving) => {
        const whole = drain(queueOf(arriving, 10).queue).map(({ id }) => id);
        const { queue, tickets } = queueOf(arriving, 10);
        const gone = new Set(leaving.filter((id) => id < tickets.length));
        for (const id of leaving) {
          const place = tickets[id];
          if (place !== undefined) queue.remove(place);
        }
        expect(queue.size).toBe(tickets.length - gone.size);
        expect(drain(queue).map(({ id }) => id)).toEqual(whole.filter((id) => !gone.has(id)));
      }),
    );
  });

  test('the oldest is the one who came first, whatever the priorities', () => {
    fc.assert(
      fc.property(arrivals, (arriving) => {
        const { queue, tickets } = queueOf(arriving, 1_000);
        expect(queue.oldest?.queuedAt).toBe(tickets[0]?.queuedAt);
      }),
    );
  });

  test('whoever was taken out holds on to none of those who wait', () => {
    const { queue, tickets } = queueOf(
      [0, 0, 0].map(() => ({ priority: 3, afterMs: 1 })),
      10,
    );
    const [, middle] = tickets;
    if (middle !== undefined) queue.remove(middle);
    expect(middle).toMatchObject({ before: undefined, after: undefined });
  });
});
