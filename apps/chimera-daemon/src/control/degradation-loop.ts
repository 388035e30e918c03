import type { GracefulDegradation, Signals } from '@chimera/graceful-degradation';
import type { Clock, Timer } from '@chimera/policy';
import type { Logger } from '../log.ts';

export interface DegradationLoopDeps {
  readonly degradation: GracefulDegradation;
  /** Reads the machine's signals now. */
  readonly readSignals: () => Signals;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Feeds the machine's signals to the degradation state machine, and tells when its mode changes. */
export class DegradationLoop {
  readonly #deps: DegradationLoopDeps;
  readonly #intervalMs: number;
  #timer: Timer | undefined;
  #isStopped = true;

  constructor(intervalMs: number, deps: DegradationLoopDeps) {
    this.#intervalMs = intervalMs;
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#tick();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #tick(): void {
    const { degradation, readSignals, clock, log } = this.#deps;
    const before = degradation.mode;
    const signals = readSignals();
    degradation.observe(signals);
    if (degradation.mode !== before) {
      log.warn(
        { component: 'degradation', signals, from: before, to: degradation.mode },
        `mode is now ${degradation.mode}`,
      );
    }
    if (!this.#isStopped) this.#timer = clock.setTimer(() => this.#tick(), this.#intervalMs);
  }
}
