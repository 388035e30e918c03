export type Listener<Event> = (event: Event) => void;

/**
 * Who hears a policy's events. A listener that throws changes nothing for the policy or for the
 * other listeners; its error goes to `console.error`.
 */
export class Listeners<Event> {
  readonly #entries: Set<readonly [Listener<Event>]> = new Set();

  /** False while nobody listens: check it before building an event. */
  get isHeard(): boolean {
    return this.#entries.size > 0;
  }

  /** Returns the function that unsubscribes. A listener subscribed twice hears each event twice. */
  subscribe(listener: Listener<Event>): () => void {
    const entry = [listener] as const;
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Tells those who are subscribed now; what they subscribe meanwhile counts from the next event. */
  emit(event: Event): void {
    for (const [listener] of Array.from(this.#entries)) {
      try {
        listener(event);
      } catch (error) {
        console.error('chimera: a listener threw', error);
      }
    }
  }
}
