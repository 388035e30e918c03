import type { Clock } from '@chimera/policy';
import type { Fault } from './decide.ts';
import { hang, pause } from './pause.ts';

/** How one kind of call goes wrong. */
export interface Victim<T> {
  run(): Promise<T>;
  readonly signal?: AbortSignal | undefined;
  /** What is answered, or thrown, instead of a call. */
  fail(fault: Fault & { readonly kind: 'error' }): T;
  /** What arrives of an answer; throws when nothing of it can. */
  cut(answer: T, keep: number): T | Promise<T>;
  /** The answer as it arrives in pieces, with a wait before each. */
  drip(answer: T, pieces: number, wait: () => Promise<void>): T | Promise<T>;
}

/** One call with what befalls it. */
export async function inject<T>(
  fault: Fault | undefined,
  victim: Victim<T>,
  clock: Clock,
): Promise<T> {
  if (fault === undefined) return victim.run();
  const { signal } = victim;
  switch (fault.kind) {
    case 'latency':
      await pause(clock, fault.ms, signal);
      return victim.run();
    case 'error':
      return victim.fail(fault);
    case 'hang':
      return hang(signal);
    case 'duplicate':
      return twice(victim);
    case 'late': {
      const [answer] = await Promise.allSettled([victim.run()]);
      // Whoever gave up meanwhile does not call it back: it comes, and nobody waits.
      await pause(clock, fault.ms);
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    }
    case 'drip':
      return victim.drip(await victim.run(), fault.pieces, () => pause(clock, fault.ms, signal));
    case 'partial':
      return victim.cut(await victim.run(), fault.keep);
  }
}

/** As a message that is delivered again: one after the other, and only the first is answered. */
async function twice<T>(victim: Victim<T>): Promise<T> {
  const [answer] = await Promise.allSettled([victim.run()]);
  await Promise.allSettled([victim.run()]);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}
