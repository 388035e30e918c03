import type { Timer } from '@chimera/policy';
import type { AwakeClock } from './awake-clock.ts';

export interface ControlLoopDeps {
  readonly clock: AwakeClock;
  readonly turn: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Takes a turn every so often, never two at once, and goes on after one that failed. */
export class ControlLoop {
  readonly #intervalMs: number;
  readonly #deps: ControlLoopDeps;
  #timer: Timer | undefined;
  #isStopped = true;
  #knownPausedMs = 0;

  constructor(intervalMs: number, deps: ControlLoopDeps) {
    this.#intervalMs = intervalMs;
    this.#deps = deps;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The first turn is taken at once. */
  start(): void {
    this.#isStopped = false;
    this.pauseMs();
    void this.#turn();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** For how long the process has stood still since this was last asked; 0 when it ran. */
  pauseMs(): number {
    const { clock } = this.#deps;
    clock.monotonic();
    const pauseMs = clock.pausedMs - this.#knownPausedMs;
    this.#knownPausedMs = clock.pausedMs;
    return pauseMs;
  }

  async #turn(): Promise<void> {
    const { clock, onError, turn } = this.#deps;
    try {
      await turn();
    } catch (error) {
      onError(error);
    }
    if (!this.#isStopped) this.#timer = clock.setTimer(() => void this.#turn(), this.#intervalMs);
  }
}
