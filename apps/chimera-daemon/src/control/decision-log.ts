import type { DecisionView } from '@chimera/client';
import type { Logger } from '../log.ts';
import { decisionSubject } from './decision-subject.ts';

const components = {
  autoscaler: 'autoscaler',
  degradation: 'degradation',
  breaker: 'circuit-breaker',
} as const;

/** Something is given up: an operator may want to know why. */
const losses: ReadonlySet<string | number> = new Set(['degraded', 'survival', 'open']);

/** What the daemon decided by itself, the latest of it: each is kept, and logged as one line. */
export class DecisionLog {
  readonly #log: Logger;
  readonly #size: number;
  /** Oldest first. */
  readonly #entries: DecisionView[] = [];

  constructor(log: Logger, size = 500) {
    this.#log = log;
    this.#size = size;
  }

  add(decision: DecisionView): void {
    this.#entries.push(decision);
    if (this.#entries.length > this.#size) this.#entries.shift();
    const { kind, reason, ...fields } = decision;
    const isRecovery = decision.from === 'survival';
    const level = losses.has(decision.to) && !isRecovery ? 'warn' : 'info';
    this.#log[level](
      { component: components[kind], ...fields },
      `${decisionSubject(decision)}: ${reason}`,
    );
  }

  /** Newest first. */
  latest(limit: number, kind?: DecisionView['kind']): readonly DecisionView[] {
    const wanted = this.#entries.filter((entry) => kind === undefined || entry.kind === kind);
    return wanted.slice(-limit).toReversed();
  }
}
