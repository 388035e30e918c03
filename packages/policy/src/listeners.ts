import { guarded } from './guarded.ts';

export type Listener<Event> = (event: Event) => void;

/**
 * Who hears a policy's events. A listener that throws changes nothing for the policy or for the
 * other listeners; its error goes to `console.error`. An async one has to catch what it rejects with:
 * nobody waits for it, and Node.js ends the process for a rejection that nobody handles.
 */
export class Listeners<Event> {
  // Never changed in place: who is being told meanwhile is not disturbed.
  #entries: readonly (readonly [Listener<Event>])[] = [];

  /** False while nobody listens: check it before building an event. */
  get isHeard(): boolean {
    return this.#entries.length > 0;
  }

  /** Returns the function that unsubscribes. A listener subscribed twice hears each event twice. */
  subscribe(listener: Listener<Event>): () => void {
    const entry = [listener] as const;
    this.#entries = [...this.#entries, entry];
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  /** Tells those who are subscribed now; what they subscribe meanwhile counts from the next event. */
  emit(event: Event): void {
    for (const [listener] of this.#entries) guarded(listener, event);
  }
}
