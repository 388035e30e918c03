export type Listener<Event> = (event: Event) => void;

/**
 * Who hears a policy's events. A listener that throws changes nothing for the policy or for the
 * other listeners; its error goes to `console.error`.
 */
export class Listeners<Event> {
  #listeners: readonly Listener<Event>[] = [];

  /** False while nobody listens: check it before building an event. */
  get isHeard(): boolean {
    return this.#listeners.length > 0;
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener<Event>): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        console.error('chimera: a listener threw', error);
      }
    }
  }
}
