/**
 * What the breaker should do, said as plainly as possible and without regard to cost: it keeps every
 * outcome and every probe, and decides from the full log. Closed circuits trip on failures in a row
 * or, when a window is given, on the rate among the calls that ended within it.
 */
export interface NaiveRules {
  readonly failuresInARow: number;
  readonly openForMs: (reopenings: number) => number;
  readonly probes: number;
  readonly permittedFailures: number;
  readonly probeTimeoutMs: number;
}

interface NaiveCall {
  readonly generation: number;
  readonly startedAt: number;
  outcome: 'pending' | 'success' | 'failure' | 'ignored';
}

export class NaiveBreaker {
  phase: 'closed' | 'open' | 'half-open' = 'closed';
  readonly phases: string[] = ['closed'];
  reopenings = 0;
  readonly #rules: NaiveRules;
  #generation = 0;
  #log: ('success' | 'failure')[] = [];
  #probeAt = 0;
  #probes: NaiveCall[] = [];

  constructor(rules: NaiveRules) {
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

  admit(now: number): NaiveCall | undefined {
    if (this.phase === 'open' && now >= this.#probeAt) {
      this.#enter('half-open');
      this.#probes = [];
    }
    if (this.phase === 'open') return undefined;
    const call: NaiveCall = { generation: this.#generation, startedAt: now, outcome: 'pending' };
    if (this.phase === 'half-open') {
      const taken = this.#probes.filter(({ outcome }) => outcome !== 'ignored').length;
      if (taken >= this.#rules.probes) return undefined;
      this.#probes.push(call);
    }
    return call;
  }

  settle(call: NaiveCall, outcome: 'success' | 'failure' | 'ignored', now: number): void {
    if (call.outcome === 'pending') this.#hear(call, outcome, now);
  }

  canAdmitAt(now: number): boolean {
    if (this.phase === 'closed') return true;
    if (this.phase === 'open') return now >= this.#probeAt;
    return this.#probes.filter(({ outcome }) => outcome !== 'ignored').length < this.#rules.probes;
  }

  get inFlight(): number {
    return this.phase === 'half-open'
      ? this.#probes.filter(({ outcome }) => outcome === 'pending').length
      : 0;
  }

  #hear(call: NaiveCall, outcome: 'success' | 'failure' | 'ignored', now: number): void {
    call.outcome = outcome;
    if (call.generation !== this.#generation || outcome === 'ignored') return;
    if (this.phase === 'closed') {
      this.#log.push(outcome);
      const latest = this.#log.slice(-this.#rules.failuresInARow);
      const isFull = latest.length === this.#rules.failuresInARow;
      if (isFull && latest.every((entry) => entry === 'failure')) this.#open(0, now);
    } else {
      const failed = this.#probes.filter((probe) => probe.outcome === 'failure').length;
      const ended = this.#probes.filter(
        (probe) => probe.outcome === 'failure' || probe.outcome === 'success',
      ).length;
      if (failed > this.#rules.permittedFailures) this.#open(this.reopenings + 1, now);
      else if (ended === this.#rules.probes) {
        this.#enter('closed');
        this.#log = [];
        this.reopenings = 0;
      }
    }
  }

  #open(reopenings: number, now: number): void {
    this.#enter('open');
    this.reopenings = reopenings;
    this.#probeAt = now + this.#rules.openForMs(reopenings);
  }

  #enter(phase: 'closed' | 'open' | 'half-open'): void {
    this.phase = phase;
    this.phases.push(phase);
    this.#generation += 1;
  }
}
