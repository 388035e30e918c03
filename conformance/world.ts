/** The time and the random numbers of one case. */
export interface World {
  /** Milliseconds since the case began; never goes back. */
  now(): number;
  /** Lets time pass; whatever a timer sets off settles before the next one fires. */
  advance(ms: number): Promise<void>;
  /** Calls back then. Not counted among the wakeups. */
  at(inMs: number, callback: () => void): void;
  jumpWall(ms: number): void;
  /** Timers of the library that fired so far. */
  readonly wakeups: number;
  close(): void;
}

// Taken at load: nothing that a case does to the globals reaches it.
const { setImmediate } = globalThis;

/** Every promise reaction that is ready, and those that they make ready, ran first. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
