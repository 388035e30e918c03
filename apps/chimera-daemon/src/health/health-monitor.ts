import type { HealthView } from '@chimera/client';
import type { AwakeClock } from '../control/awake-clock.ts';
import { ControlLoop } from '../control/control-loop.ts';
import type { Logger } from '../log.ts';
import { debounce, type Debounced, inactive } from './debounce.ts';
import type { HealthReading } from './health-reading.ts';
import { type HealthRule, healthRules } from './health-rules.ts';
import { findingsOf, statusOf } from './judge.ts';

export interface HealthMonitorDeps {
  /** Never rejects: what cannot be read is a part of the reading. */
  readonly read: () => Promise<HealthReading>;
  readonly clock: AwakeClock;
  readonly log: Logger;
}

const lookEveryMs = 5_000;
/** How long all must be well again. */
const clearMs = 60_000;
/** What has no hold is told as it is, and gone when it is gone. */
const clearAfter = ({ holdMs }: HealthRule) => (holdMs === 0 ? 0 : clearMs);

/** Looks every five seconds, and says what has been wrong for long enough, and what to do about it. */
export class HealthMonitor {
  readonly #deps: HealthMonitorDeps;
  readonly #loop: ControlLoop;
  readonly #states = new Map<HealthRule, Debounced>();
  #status: HealthView['status'] = 'healthy';

  constructor(deps: HealthMonitorDeps) {
    this.#deps = deps;
    const { clock, log } = deps;
    this.#loop = new ControlLoop(lookEveryMs, {
      clock,
      turn: async () => void (await this.look()),
      onError: (error) =>
        log.error({ err: error, component: 'health' }, 'the health was not looked at'),
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  /** Looks now, besides the regular turns. */
  async look(): Promise<Omit<HealthView, 'uptimeMs'>> {
    const { clock, log, read } = this.#deps;
    const reading = await read();
    const at = clock.monotonic();
    for (const rule of healthRules) {
      const state = this.#states.get(rule) ?? inactive;
      const isSeen = rule.finding(reading) !== undefined;
      const rules = { holdMs: rule.holdMs, clearMs: clearAfter(rule) };
      this.#states.set(rule, debounce(state, isSeen, at, rules));
    }
    const now = clock.now();
    const findings = findingsOf(reading, this.#states, (then) => Math.round(now - (at - then)));
    const status = statusOf(findings);
    if (status !== this.#status) {
      const why = findings.map(({ message }) => message).join('; ');
      log[status === 'healthy' ? 'info' : 'warn'](
        { component: 'health', from: this.#status, to: status, findings },
        `${this.#status} → ${status}${why === '' ? '' : `: ${why}`}`,
      );
      this.#status = status;
    }
    return { status, at: now, findings };
  }
}
