import type { BreakerRules } from '../check/rules.ts';

export interface NaiveCall {
  readonly generation: number;
  readonly startedAt: number;
  outcome: 'pending' | 'success' | 'failure' | 'ignored';
}

/**
 * What a breaker should do, said as plainly as possible and without regard to cost: it keeps every
 * outcome and every probe, and decides from the full log.
 */
export class NaiveBreaker {
  phase: 'closed' | 'open' | 'half-open' = 'closed';
  readonly #rules: BreakerRules & { readonly failuresInARow: number };
  #generation = 0;
  #log: ('success' | 'failure')[] = [];
  #probeAt = 0;
  #probes: NaiveCall[] = [];

  constructor(rules: BreakerRules & { readonly failuresInARow: number }) {
    this.#rules = rules;
  }

  /** Time passes: whatever hung for too long has failed, oldest first. */
  passTo(now: number): void {
    for (const probe of this.#probes) {
      const expiresAt = probe.startedAt + this.#rules.probeTimeoutMs;
      if (
        probe.outcome === 'pending' &&
        probe.generation === this.#generation &&
        expiresAt <= now
      ) {
        this.#hear(probe, 'failure', expiresAt);
      }
    }
  }

  canAdmitAt(now: number): boolean {
    if (this.phase === 'closed') return true;
    if (this.phase === 'open') return now >= this.#probeAt;
    return this.#probes.filter(({ outcome }) => outcome !== 'ignored').length < this.#rules.probes;
  }

  /** Undefined when the call is refused. */
  admit(now: number): NaiveCall | undefined {
    if (!this.canAdmitAt(now)) return undefined;
    if (this.phase === 'open') {
      this.#enter('half-open');
      this.#probes = [];
    }
    const call: NaiveCall = { generation: this.#generation, startedAt: now, outcome: 'pending' };
    if (this.phase === 'half-open') this.#probes.push(call);
    return call;
  }

  settle(call: NaiveCall, outcome: 'success' | 'failure' | 'ignored', now: number): void {
    if (call.outcome === 'pending') this.#hear(call, outcome, now);
  }

  #hear(call: NaiveCall, outcome: 'success' | 'failure' | 'ignored', now: number): void {
    call.outcome = outcome;
    if (call.generation !== this.#generation || outcome === 'ignored') return;
    if (this.phase === 'closed') {
      this.#log.push(outcome);
      const { failuresInARow } = this.#rules;
      const latest = this.#log.slice(-failuresInARow);
      if (latest.length === failuresInARow && !latest.includes('success')) this.#open(now);
    } else if (outcome === 'failure') {
      this.#open(now);
    } else if (
      this.#probes.filter((probe) => probe.outcome === 'success').length === this.#rules.probes
    ) {
      this.#enter('closed');
      this.#log = [];
    }
  }

  #open(now: number): void {
    this.#enter('open');
    this.#probeAt = now + this.#rules.openForMs;
  }

  #enter(phase: 'closed' | 'open' | 'half-open'): void {
    this.phase = phase;
    this.#generation += 1;
  }
}
