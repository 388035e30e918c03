import {
  type Call,
  type CallOptions,
  executeUnder,
  type Next,
  type Operation,
  type Policy,
} from '@chimera/policy';
import { isExcluded } from '../check/staged.ts';
import type { BreakerRules } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import { RefusedError } from './refused-error.ts';

export type Verdict = 'success' | 'failure' | 'ignored';

export interface Ticket {
  readonly generation: number;
  readonly startedAt: number;
}

export interface BreakerMemory {
  readonly phase: 'closed' | 'open' | 'half-open';
  readonly inARow: number;
  readonly openedAt: number;
}

/** A small breaker that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenBreaker implements Policy {
  phase: BreakerMemory['phase'] = 'closed';
  generation = 0;
  inARow = 0;
  openedAt = 0;
  probes: Ticket[] = [];
  succeeded = 0;
  readonly rules: BreakerRules;
  readonly world: World;

  constructor(rules: BreakerRules, world: World) {
    this.rules = rules;
    this.world = world;
  }

  get status(): BreakerMemory['phase'] {
    this.expire();
    return this.phase === 'open' && this.now() >= this.opensUntil() ? 'half-open' : this.phase;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    this.expire();
    if (!this.admits()) return this.refuse(call, next);
    if (this.phase === 'open') this.enter('half-open');
    const ticket = { generation: this.generation, startedAt: this.now() };
    if (this.phase === 'half-open') this.probes.push(ticket);
    return this.follow(ticket, call, next);
  }

  follow<T>(ticket: Ticket, call: Call<T>, next: Next): Promise<T> {
    return next(call).then(
      (value) => {
        this.settle(ticket, 'success');
        return value;
      },
      (error: unknown) => {
        this.settle(ticket, call.aborted ? 'ignored' : this.verdictOf(error));
        throw error;
      },
    );
  }

  refuse<T>(_call: Call<T>, _next: Next): Promise<T> {
    return Promise.reject(new RefusedError());
  }

  now(): number {
    return this.world.clock.monotonic();
  }

  opensUntil(): number {
    return this.openedAt + this.rules.openForMs;
  }

  admits(): boolean {
    if (this.phase === 'closed') return true;
    if (this.phase === 'open') return this.now() >= this.opensUntil();
    return this.hasRoom();
  }

  hasRoom(): boolean {
    return this.probes.length + this.succeeded < this.rules.probes;
  }

  /** A probe that hangs for too long has failed. */
  expire(): void {
    const [oldest] = this.probes;
    const expiresAt = (oldest?.startedAt ?? Infinity) + this.rules.probeTimeoutMs;
    if (this.phase === 'half-open' && expiresAt <= this.now()) this.open(expiresAt);
  }

  verdictOf(error: unknown): Verdict {
    return isExcluded(error) ? 'ignored' : 'failure';
  }

  settle(ticket: Ticket, verdict: Verdict): void {
    this.expire();
    if (!this.isCurrent(ticket)) return;
    if (this.phase === 'closed') this.settleClosed(verdict);
    else if (this.phase === 'half-open') this.settleProbe(ticket, verdict);
  }

  isCurrent(ticket: Ticket): boolean {
    return ticket.generation === this.generation;
  }

  settleClosed(verdict: Verdict): void {
    if (verdict === 'ignored') return;
    this.inARow = verdict === 'failure' ? this.inARow + 1 : 0;
    if (this.trips()) this.open(this.now());
  }

  trips(): boolean {
    return this.inARow >= (this.rules.failuresInARow ?? Infinity);
  }

  settleProbe(ticket: Ticket, verdict: Verdict): void {
    this.probes = this.probes.filter((probe) => probe !== ticket);
    if (verdict === 'failure') this.open(this.now());
    if (verdict !== 'success') return;
    this.succeeded += 1;
    if (this.succeeded >= this.rules.probes) this.enter('closed');
  }

  open(at: number): void {
    this.enter('open');
    this.openedAt = at;
  }

  enter(phase: BreakerMemory['phase']): void {
    this.phase = phase;
    this.generation += 1;
    this.inARow = 0;
    this.probes = [];
    this.succeeded = 0;
  }

  memory(): BreakerMemory {
    return { phase: this.phase, inARow: this.inARow, openedAt: this.openedAt };
  }

  remember({ phase, inARow, openedAt }: BreakerMemory): void {
    this.phase = phase;
    this.inARow = inARow;
    this.openedAt = openedAt;
  }
}
