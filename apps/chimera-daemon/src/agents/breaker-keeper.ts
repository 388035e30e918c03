import {
  type BreakerSnapshot,
  type CircuitBreaker,
  type CircuitBreakerEvent,
  type CircuitState,
  restore,
  snapshotOf,
} from '@chimera/circuit-breaker';
import type { Clock, Timer } from '@chimera/policy';
import type { Json } from '@chimera/workflow';
import type { WorkflowStore } from '@chimera/workflow-store';
import { z } from 'zod';
import type { Logger } from '../log.ts';

export interface BreakerKeeperDeps {
  readonly store: Pick<WorkflowStore, 'keepStates' | 'keptStates'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const kind = 'breaker';
/** How long outcomes may go unwritten; a change of status is written at once. */
const writeWithinMs = 1_000;

const epoch = z.number();
const isolations = z.number();
const window = z.unknown();
const mode = z.enum(['automatic', 'forced-open', 'disabled', 'metrics-only']);
const reason = z.custom<Extract<CircuitState, { readonly status: 'open' }>['reason']>(
  (value) => typeof value === 'string',
);

/** Half-open circuits are never kept: their probes went with the process. */
const snapshot = z.looseObject({
  name: z.string(),
  takenAt: z.number(),
  detector: z.string(),
  state: z.discriminatedUnion('status', [
    z.looseObject({ status: z.literal('closed'), epoch, window }),
    z.looseObject({
      status: z.literal('open'),
      epoch,
      reason,
      openedAt: z.number(),
      until: z.number(),
      reopenings: z.number(),
    }),
    z.looseObject({ status: z.enum(['forced-open', 'disabled']), epoch, mode, isolations }),
    z.looseObject({
      status: z.literal('metrics-only'),
      epoch,
      mode,
      isolations,
      window,
      exceeded: reason.nullable(),
    }),
  ]),
});

/**
 * Keeps the breakers' states in the store, so that a restart does not call an agent that is down,
 * or forget how often it has failed in a row.
 */
export class BreakerKeeper {
  readonly #breakers: readonly CircuitBreaker[];
  readonly #deps: BreakerKeeperDeps;
  readonly #changed = new Set<CircuitBreaker>();
  #isRestored = false;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(breakers: readonly CircuitBreaker[], deps: BreakerKeeperDeps) {
    this.#breakers = breakers;
    this.#deps = deps;
  }

  get isRestored(): boolean {
    return this.#isRestored;
  }

  /** Takes up what was kept, and keeps from here on what changes. */
  async restore(): Promise<void> {
    const { log, store } = this.#deps;
    const kept = new Map((await store.keptStates(kind)).map(({ name, state }) => [name, state]));
    for (const breaker of this.#breakers) {
      const state = kept.get(breaker.name);
      const parsed = snapshot.safeParse(state);
      if (parsed.success) restore(breaker, parsed.data satisfies BreakerSnapshot);
      else if (kept.has(breaker.name))
        log.warn(
          { component: 'circuit-breaker', agent: breaker.name },
          'the state of its breaker that was kept cannot be read; it starts closed',
        );
      breaker.subscribe((event) => this.#note(breaker, event));
    }
    this.#isRestored = true;
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #note(breaker: CircuitBreaker, { type }: CircuitBreakerEvent): void {
    switch (type) {
      case 'opened':
      case 'half-opened':
      case 'closed':
      case 'mode-changed':
        this.#changed.add(breaker);
        return this.#write();
      case 'succeeded':
      case 'failed':
      case 'threshold-exceeded':
        this.#changed.add(breaker);
        this.#timer ??= this.#deps.clock.setTimer(() => this.#write(), writeWithinMs);
        return;
      case 'rejected':
      case 'ignored':
      case 'discarded':
        return;
    }
  }

  #write(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    if (changed.length === 0) return;
    const { log, store } = this.#deps;
    const states = changed.map((breaker) => ({
      kind,
      name: breaker.name,
      // Plain JSON by its contract, of which interfaces give no proof.
      state: snapshotOf(breaker) as unknown as Json,
    }));
    const written = store.keepStates(states).catch((error: unknown) => {
      log.error(
        { err: error, component: 'circuit-breaker' },
        'the states of breakers were not kept; a restart would go by the ones before',
      );
    });
    this.#writing = Promise.all([this.#writing, written]).then(() => undefined);
  }
}
