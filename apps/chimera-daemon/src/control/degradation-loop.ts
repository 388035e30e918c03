import type { GracefulDegradation, Mode, Signals } from '@chimera/graceful-degradation';
import { defined } from '../defined.ts';
import type { Logger } from '../log.ts';
import type { AwakeClock } from './awake-clock.ts';
import { ControlLoop } from './control-loop.ts';
import type { DecisionLog } from './decision-log.ts';

export interface DegradationLoopDeps {
  readonly degradation: GracefulDegradation;
  /** Reads the machine's signals now. */
  readonly readSignals: () => Signals | Promise<Signals>;
  /** The limits may have changed: the pool has to follow. */
  readonly onObserved: () => void;
  readonly decisions: Pick<DecisionLog, 'add'>;
  readonly clock: AwakeClock;
  readonly log: Logger;
}

const severity: Readonly<Record<Mode, number>> = { normal: 0, degraded: 1, survival: 2 };

/** Feeds the machine's signals to the degradation state machine, and tells when its mode changes. */
export class DegradationLoop {
  readonly #deps: DegradationLoopDeps;
  readonly #loop: ControlLoop;

  constructor(intervalMs: number, deps: DegradationLoopDeps) {
    this.#deps = deps;
    const { clock, log } = deps;
    this.#loop = new ControlLoop(intervalMs, {
      clock,
      turn: () => this.#observe(),
      onError: (error) =>
        log.error({ err: error, component: 'degradation' }, 'the machine was not observed'),
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  async #observe(): Promise<void> {
    const { clock, decisions, degradation, log, onObserved, readSignals } = this.#deps;
    const signals = await readSignals();
    if (this.#loop.isStopped) return;
    const pauseMs = this.#loop.pauseMs();
    if (pauseMs > 0) {
      // Shares of time, like that of the CPU, are the pause's now: they tell nothing about the present.
      degradation.forget();
      log.warn(
        { component: 'degradation', pauseMs: Math.round(pauseMs) },
        `nothing ran for ${Math.round(pauseMs)} ms; the mode stays ${degradation.mode} until the machine has been observed anew`,
      );
      return;
    }
    const from = degradation.mode;
    const { mode, reason, smoothed } = degradation.observe(signals);
    if (mode !== from) {
      const { priorityFloor } = degradation.limits(1);
      const effect = priorityFloor > 0 ? `work of priority ${priorityFloor} and up` : 'all work';
      decisions.add({
        kind: 'degradation',
        at: clock.now(),
        from,
        to: mode,
        cause: severity[mode] > severity[from] ? 'overload' : 'recovery',
        signals: defined(smoothed),
        reason: `${reason}; ${effect} is admitted`,
      });
    }
    onObserved();
  }
}
