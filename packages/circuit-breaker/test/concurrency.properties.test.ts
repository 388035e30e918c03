import { isRejection, VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { CircuitBreaker, healthOf } from '../src/index.ts';

interface Plan {
  readonly fails: boolean;
  readonly aborts: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({ fails: fc.boolean(), aborts: fc.boolean() });
const probes = 2;

/** Who calls, what each call comes to, and how it ended for the caller. */
async function callThrough(
  breaker: CircuitBreaker,
  scheduler: fc.Scheduler,
  { fails, aborts }: Plan,
  id: number,
  running: Set<number>,
): Promise<string> {
  const error = new Error(`failure ${id}`);
  const reason = new Error(`abort ${id}`);
  const caller = new AbortController();
  if (aborts) {
    void scheduler.schedule(Promise.resolve(), `abort ${id}`).then(() => caller.abort(reason));
  }
  const operation = async () => {
    running.add(id);
    await scheduler.schedule(Promise.resolve(), `end ${id}`);
    running.delete(id);
    if (fails) throw error;
    return id;
  };
  const options = aborts ? { signal: caller.signal } : undefined;
  return breaker.execute(operation, options).then(
    (value) => (value === id && !fails ? 'result' : 'wrong result'),
    (caught: unknown) => {
      if (caught === error) return fails ? 'error' : 'wrong error';
      if (caught === reason) return aborts ? 'abort' : 'wrong abort';
      return isRejection(caught) ? 'refused' : 'unknown';
    },
  );
}

test.each([false, true])(
  'whatever the order in which calls start, end and are aborted: each gets its own outcome, probes stay within the limit, no place is lost (listeners throw: %s)',
  async (listenersThrow) => {
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {});
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(plan, { minLength: 1, size: '+1' }),
        async (scheduler, plans) => {
          const clock = new VirtualClock();
          const breaker = new CircuitBreaker(
            { failureThreshold: 2, openFor: 10, halfOpenProbes: probes },
            { clock },
          );
          if (listenersThrow) {
            breaker.subscribe(() => {
              throw new Error('a listener with a bug');
            });
          }
          const running = new Set<number>();
          const outcomes: Promise<string>[] = [];
          const starts = plans.map((each, id) => ({
            label: `start ${id}`,
            builder: async () => {
              if (id % 3 === 2) await clock.advance(5);
              outcomes.push(callThrough(breaker, scheduler, each, id, running));
              expect(healthOf(breaker).probesInFlight).toBeLessThanOrEqual(probes);
            },
          }));
          const sequence = scheduler.scheduleSequence(starts);
          await scheduler.waitFor(sequence.task);
          const ends = await scheduler.waitFor(Promise.all(outcomes));
          await scheduler.waitIdle();
          expect(ends.filter((end) => end.startsWith('wrong') || end === 'unknown')).toEqual([]);
          expect(running.size).toBe(0);
          expect(healthOf(breaker).probesInFlight).toBe(0);
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
    silenced.mockRestore();
  },
);
