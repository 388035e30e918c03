import type { Seen } from '../check/history.ts';

/** Who runs and who waits, by what was seen so far: a call waits from its call to its start or its answer. */
export class NaiveQueue {
  /** Calls whose operation runs, also of those that were answered before it ended. */
  readonly running: Set<number> = new Set();
  /** In order of arrival. */
  readonly waiting: Map<number, { readonly since: number }> = new Map();

  see(event: Seen): void {
    if (event.type === 'called') this.waiting.set(event.call, { since: event.at });
    if (event.type === 'started' || event.type === 'answered') this.waiting.delete(event.call);
    if (event.type === 'started') this.running.add(event.call);
    if (event.type === 'ended') this.running.delete(event.call);
  }
}
