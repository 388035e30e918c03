import {
  Call,
  invoke,
  type Next,
  type Operation,
  type Policy,
  VirtualClock,
} from '@chimera/policy';
import { describe, expect, it, vi } from 'vitest';
import { HedgePolicy, InFlightBudget, RetryPolicy, within } from '../src/index.ts';

/** A call that somebody above can abort, and that counts who listens to it. */
class WatchedCall<T> extends Call<T> {
  listening = 0;

  constructor(operation: Operation<T>) {
    super(operation, 1, undefined, new AbortController().signal, undefined);
    // Its own signal is told through a listener too, and is not counted.
    void this.signal;
    this.listening = 0;
  }

  override onAbort(listener: (reason: unknown) => void): () => void {
    const unlisten = super.onAbort(listener);
    this.listening += 1;
    return () => {
      this.listening -= 1;
      unlisten();
    };
  }
}

const clock = new VirtualClock();
const budget = false;

/** Fails twice, and listens for an abort each time, as fetch does. */
const failsTwice: Operation<string> = ({ attempt, signal }) => {
  signal.addEventListener('abort', () => {});
  if (attempt < 3) throw new Error('down');
  return 'fine';
};

describe('a call listens to the one above only while it goes on', () => {
  it.each<[string, Policy]>([
    ['retries', new RetryPolicy({ backoff: () => 0, budget })],
    ['retries after delays', new RetryPolicy({ backoff: () => 10, budget }, { clock })],
    [
      'timed retries',
      new RetryPolicy({ attemptTimeout: within('1s'), backoff: () => 10 }, { clock }),
    ],
    ['hedges', new HedgePolicy({ delay: Infinity, maxHedges: 2 }, { clock })],
  ])('%s', async (_, policy) => {
    const call = new WatchedCall(failsTwice);
    let most = 0;
    const outcome = policy.run(call, (inner) => {
      most = Math.max(most, call.listening);
      return invoke(inner);
    });
    await clock.runAll();
    expect(await outcome).toBe('fine');
    // The policy itself and one attempt, not one for each attempt so far.
    expect(most).toBeLessThanOrEqual(2);
    expect(call.listening).toBe(0);
  });
});

describe('a call that was aborted before', () => {
  const policies: readonly ((budget: InFlightBudget) => Policy)[] = [
    (budget) => new RetryPolicy({ budget }),
    (budget) => new HedgePolicy({ budget }),
  ];

  it.each(policies)('goes no further down, and costs nothing: %#', async (make) => {
    const spent = new InFlightBudget();
    const begin = vi.spyOn(spent, 'begin');
    const call = new Call(() => 1, 1, undefined, AbortSignal.abort('early'), undefined);
    let passed = 0;
    const next: Next = (inner) => {
      passed += 1;
      return invoke(inner);
    };
    await expect(make(spent).run(call, next)).rejects.toBe('early');
    expect(passed).toBe(0);
    expect(begin).not.toHaveBeenCalled();
  });
});
