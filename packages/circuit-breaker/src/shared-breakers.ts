import {
  type Clock,
  type Duration,
  durationOption,
  guarded,
  numberOption,
  systemClock,
  Timeout,
  type Timer,
} from '@chimera/policy';
import type { BreakerReport, BreakerStateStore, PeerReport } from './breaker-state-store.ts';
import { trip } from './by-hand.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreakerEvent } from './events.ts';
import { quorumOpenMs, type QuorumRules } from './quorum.ts';

export interface SharedBreakersOptions {
  /** This node's name, unlike that of any other. */
  readonly node: string;
  /** How often nodes exchange what they know. Default '1s'. */
  readonly every?: Duration;
  /** A node that has not reported for longer does not count, nor does what the store takes longer to answer. Default '5s'. */
  readonly staleAfter?: Duration;
  /** A closed breaker opens when more than this share of the nodes, and at least two others, are open. Default 0.5. */
  readonly quorum?: number;
}

export interface SharedBreakersDeps {
  readonly clock?: Clock;
  /** Told when the store cannot be reached, or does not answer; every node then goes by what it sees itself. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

interface Membership {
  readonly breaker: CircuitBreaker;
  readonly unsubscribe: () => void;
  openedAt: number;
  /** Monotonic ms until which an opening on own evidence lasts. */
  openUntil: number;
  peers: readonly PeerReport[];
  heard: ReadonlyMap<string, number>;
}

/**
 * Lets the breakers of several nodes learn from each other. Every call is decided locally, without
 * a round trip; in the background nodes exchange which circuits they have opened on their own
 * evidence, and a quorum of them opens the circuits of the rest. Each node closes by its own probes.
 */
export class SharedBreakers implements Disposable {
  readonly #store: BreakerStateStore;
  readonly #node: string;
  readonly #everyMs: number;
  readonly #rules: QuorumRules;
  readonly #clock: Clock;
  /** A store that hangs must not end the sharing: it is asked again. */
  readonly #patience: Timeout;
  readonly #onError: (error: unknown) => void;
  readonly #members: Map<string, Membership> = new Map();
  #timer: Timer | undefined = undefined;
  #exchange: Promise<void> | undefined = undefined;

  constructor(
    store: BreakerStateStore,
    options: SharedBreakersOptions,
    deps: SharedBreakersDeps = {},
  ) {
    const owner = 'shared-breakers';
    const { node, every = 1_000, staleAfter = 5_000, quorum = 0.5 } = options;
    this.#store = store;
    this.#node = node;
    this.#everyMs = durationOption(owner, 'every', every, 1);
    this.#rules = {
      staleAfterMs: durationOption(owner, 'staleAfter', staleAfter, this.#everyMs),
      share: numberOption(owner, 'quorum', quorum, 0, 1),
    };
    this.#clock = deps.clock ?? systemClock;
    this.#patience = new Timeout({ after: staleAfter, name: owner }, { clock: idle(this.#clock) });
    this.#onError = deps.onError ?? report;
  }

  /** Shares a breaker with the breakers of the same name on other nodes. Returns the function that stops it. */
  share(breaker: CircuitBreaker): () => void {
    const { name } = breaker;
    if (this.#members.has(name)) {
      throw new RangeError(`shared-breakers: a breaker named ${JSON.stringify(name)} is shared`);
    }
    const member: Membership = {
      breaker,
      unsubscribe: breaker.subscribe((event) => this.#note(member, event)),
      openedAt: 0,
      openUntil: -Infinity,
      peers: [],
      heard: new Map(),
    };
    this.#members.set(name, member);
    this.#timer ??= this.#nextTimer();
    return () => {
      member.unsubscribe();
      if (this.#members.get(name) === member) this.#members.delete(name);
      if (this.#members.size === 0) this[Symbol.dispose]();
    };
  }

  /** Exchanges what is known at once; also done every `every`, and when a breaker opens. Never rejects. */
  sync(): Promise<void> {
    this.#exchange ??= this.#trade().finally(() => {
      this.#exchange = undefined;
    });
    return this.#exchange;
  }

  /** Stops sharing; the breakers go on alone. */
  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { unsubscribe } of this.#members.values()) unsubscribe();
    this.#members.clear();
  }

  #note(member: Membership, event: CircuitBreakerEvent): void {
    if (event.type === 'opened' && event.reason !== 'peers' && event.reason !== 'told to') {
      member.openedAt = event.at;
      member.openUntil = this.#clock.monotonic() + event.openForMs;
      void this.sync();
    } else if (event.type === 'closed') {
      member.openUntil = -Infinity;
      // What it has overcome does not open it again.
      member.heard = new Map(member.peers.map(({ node, openedAt }) => [node, openedAt]));
    }
  }

  async #trade(): Promise<void> {
    const now = this.#clock.monotonic();
    const reports = [...this.#members].map(([breaker, { openedAt, openUntil }]): BreakerReport => ({
      breaker,
      openedAt,
      openForMs: Math.max(0, openUntil - now),
    }));
    const wasSharing = this.#timer !== undefined;
    try {
      const ask = () => this.#store.exchange(this.#node, reports);
      this.#hear(await this.#patience.execute(ask));
    } catch (error) {
      const hasStopped = wasSharing && this.#timer === undefined;
      if (!hasStopped) guarded(this.#onError, error);
    }
  }

  #hear(reports: readonly PeerReport[]): void {
    for (const [name, member] of this.#members) {
      member.peers = reports.filter(({ breaker }) => breaker === name);
      if (member.breaker.status !== 'closed') continue;
      const openForMs = quorumOpenMs(member.peers, member.heard, this.#rules);
      if (openForMs !== undefined) trip(member.breaker, openForMs, 'peers');
    }
  }

  #nextTimer(): Timer {
    const timer = this.#clock.setTimer(() => {
      this.#timer = this.#nextTimer();
      void this.sync();
    }, this.#everyMs);
    timer.unref?.();
    return timer;
  }
}

function report(error: unknown): void {
  console.error('shared-breakers: the store could not be reached', error);
}

/** Its timers keep no process alive. */
function idle(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (callback, ms) => {
      const timer = clock.setTimer(callback, ms);
      timer.unref?.();
      return { cancel: () => timer.cancel() };
    },
  };
}
