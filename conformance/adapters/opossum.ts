import CircuitBreaker from 'opossum';
import {
  type Adapter,
  type CallSettings,
  type CircuitName,
  type HandOver,
  NotApplicable,
  type Refusal,
  type Subject,
  type Work,
} from '../adapter.ts';
import { GlobalsWorld } from '../globals-world.ts';
import { versionOf } from '../installed-version.ts';
import type { PolicySpec } from '../scenario-schema.ts';
import { lackOf, opossumOptions } from './opossum-options.ts';

const events = [
  'fire',
  'reject',
  'timeout',
  'success',
  'failure',
  'open',
  'close',
  'halfOpen',
  'fallback',
  'semaphoreLocked',
] as const;

export const opossum: Adapter<GlobalsWorld> = {
  library: 'opossum',
  version: versionOf('opossum'),
  lacks: {
    disposal: 'no retries',
    tokens: 'no retries',
    rate: 'no rate limit',
    limit: 'no adaptive limit',
    signal: 'a call cannot be aborted by its caller',
    priority: 'calls do not wait',
    isolate: 'isolations are not counted: open() and close() only',
    'metrics-only': 'no metrics-only mode',
    'retry notice': 'no retries',
    'retry-after': 'its refusals do not say when to come back',
    clear: 'calls do not wait',
    'would-open notice': 'no metrics-only mode',
  },
  open: (random) => new GlobalsWorld(random),
  create: (specs, _world, handOver) => {
    const reason = lackOf(specs);
    return reason === undefined ? new OpossumSubject(specs, handOver) : new NotApplicable(reason);
  },
};

type Breaker = CircuitBreaker<[Work]>;

/** Its types want a promise; it takes any result. */
function action(work: Work): Promise<unknown> {
  return work(undefined) as Promise<unknown>;
}

class OpossumSubject implements Subject {
  readonly #specs: readonly PolicySpec[];
  readonly #handOver: HandOver;
  readonly #breaker: Breaker;

  constructor(specs: readonly PolicySpec[], handOver: HandOver, stored?: object) {
    this.#specs = specs;
    this.#handOver = handOver;
    const options = handOver({ ...opossumOptions(specs), ...stored });
    this.#breaker = new CircuitBreaker(action, options);
    const fallback = specs.find((spec) => spec.policy === 'fallback');
    if (fallback !== undefined) this.#breaker.fallback(() => fallback.value);
  }

  call(work: Work, _settings: CallSettings): unknown {
    return this.#breaker.fire(work);
  }

  refusalOf(error: unknown): Refusal | undefined {
    if (!CircuitBreaker.isOurError(error as Error)) return undefined;
    return (error as { readonly code?: unknown }).code === 'ETIMEDOUT' ? 'timed-out' : 'rejected';
  }

  state(): CircuitName {
    if (this.#breaker.halfOpen) return 'half-open';
    return this.#breaker.opened ? 'open' : 'closed';
  }

  counts(): { readonly calls: number; readonly failures: number } {
    const { fires, failures } = this.#breaker.stats;
    return { calls: fires, failures };
  }

  setMode(): void {
    this.#breaker.disable();
  }

  store(): unknown {
    return this.#breaker.toJSON();
  }

  restart(stored: unknown): Subject {
    return new OpossumSubject(this.#specs, this.#handOver, stored as object);
  }

  listen(listener: () => void): void {
    for (const event of events) this.#breaker.on(event as 'open', listener);
  }
}
