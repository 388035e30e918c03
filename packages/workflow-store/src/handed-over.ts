import type { Clock } from '@chimera/policy';
import type { Batch, BatchWriter } from './batch-writer.ts';
import type { Call, StoreCommit } from './call.ts';
import type { KeptBack } from './kept-back.ts';
import type { TransactionMemory } from './transaction-memory.ts';

export interface HandedOverDeps {
  readonly writer: BatchWriter;
  readonly keptBack: KeptBack;
  readonly memory: TransactionMemory;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The `seq` of the last event. */
  readonly lastEvent: () => number;
  readonly tell: (commit: StoreCommit) => void;
  /** Nothing of these has happened, and nothing that they left in memory is there: they are to run again. */
  readonly onLost: (calls: readonly Call[]) => void;
}

interface Flight {
  readonly calls: readonly Call[];
  /** Monotonic. */
  readonly beganAt: number;
  /** When it has landed, or is lost. */
  readonly settled: Promise<void>;
}

/**
 * Groups whose operations ran here, in memory, and that another thread writes, in their order. Each
 * stands on the one before it: when one cannot be written, all after it are lost with it.
 */
export class HandedOver {
  readonly #deps: HandedOverDeps;
  readonly #flights: Flight[] = [];

  constructor(deps: HandedOverDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#deps.writer.isOpen;
  }

  get fewest(): number {
    return this.#deps.writer.fewest;
  }

  get most(): number {
    return this.#deps.writer.most;
  }

  get inFlight(): number {
    return this.#flights.length;
  }

  /** How long the oldest has waited, in ms. */
  get oldestMs(): number {
    const [oldest] = this.#flights;
    return oldest === undefined ? 0 : this.#deps.clock.monotonic() - oldest.beganAt;
  }

  /** False when the group needs a transaction here; nothing of it has happened then. */
  take(calls: readonly Call[]): boolean {
    const { clock, keptBack, memory, writer } = this.#deps;
    const undo = memory.mark();
    const [beganAt, eventsAfter] = [clock.monotonic(), this.#deps.lastEvent()];
    const ready = keptBack.during(() => readyOf(calls, memory));
    if (ready === undefined) {
      undo();
      return false;
    }
    const { batch, results } = ready;
    const lastEvent = this.#deps.lastEvent();
    const written = writer.write(batch);
    const flight: Flight = {
      calls,
      beganAt,
      settled: written.then((isCommitted) => {
        if (this.#flights[0] !== flight) return;
        if (!isCommitted) return this.#lose();
        this.#flights.shift();
        memory.landed();
        this.#deps.tell({
          operations: calls.length,
          durationMs: clock.monotonic() - beganAt,
          eventsAfter,
          lastEvent,
        });
        for (const [index, { resolve }] of calls.entries()) resolve(results[index]);
      }),
    };
    this.#flights.push(flight);
    return true;
  }

  /** Resolves when the oldest has landed, or is lost. */
  async nextLanding(): Promise<void> {
    await this.#flights[0]?.settled;
  }

  /** Resolves when none is under way. */
  async allLanded(): Promise<void> {
    while (this.#flights.length > 0) await this.nextLanding();
  }

  close(): Promise<void> {
    return this.#deps.writer.close();
  }

  #lose(): void {
    const lost = this.#flights.splice(0).flatMap(({ calls }) => calls);
    this.#deps.memory.rolledBack();
    this.#deps.onLost(lost);
  }
}

/** Undefined when one of them has something to wait for. */
function readyOf(
  calls: readonly Call[],
  memory: TransactionMemory,
): { readonly batch: Batch; readonly results: readonly unknown[] } | undefined {
  const results: unknown[] = [];
  for (const { operation } of calls) {
    const { hook, result } = operation();
    if (hook !== undefined) return undefined;
    results.push(result);
  }
  return { batch: memory.seal(), results };
}
