import type { StoredWorkflow } from './stored-workflow.ts';
import type { EventTable, IdempotencyKeyTable } from './tables.ts';

/** A workflow that the transaction under way has changed, or brought. */
export interface PendingWorkflow {
  /** As the transaction's reads of the disk would find it; undefined when it is new. */
  readonly onDisk: StoredWorkflow | undefined;
  readonly now: StoredWorkflow;
  /** It could be claimed as soon as it was changed. */
  readonly isClaimable: boolean;
  /** The key of a limit that keeps it out of the order of the claim. */
  readonly heldBy: string | undefined;
  /** JSON of what a new one is given. */
  readonly input: string | undefined;
}

export interface PendingKey extends IdempotencyKeyTable {
  /** Of its workflow. */
  readonly id: string;
}

/** Writes to the disk what a transaction has kept back. */
export type WritePending = (pending: {
  readonly workflows: Iterable<PendingWorkflow>;
  readonly events: readonly EventTable[];
  readonly keys: Iterable<PendingKey>;
}) => void;

/**
 * What a transaction has done and not written yet. However often it moves a workflow (a phase ends
 * and the next is claimed in one commit), its row is written once. Who reads the disk inside of a
 * transaction either looks here first, or flushes.
 */
export class PendingRows {
  readonly #write: WritePending;
  readonly #workflows = new Map<string, PendingWorkflow>();
  readonly #keys = new Map<string, PendingKey>();
  #events: EventTable[] = [];

  constructor(write: WritePending) {
    this.#write = write;
  }

  get(id: string): StoredWorkflow | undefined {
    return this.#workflows.get(id)?.now;
  }

  get size(): number {
    return this.#workflows.size;
  }

  get workflows(): Iterable<PendingWorkflow> {
    return this.#workflows.values();
  }

  key(key: string): PendingKey | undefined {
    return this.#keys.get(key);
  }

  /** @param before what the operation found; undefined when the workflow is new */
  put(
    before: StoredWorkflow | undefined,
    now: StoredWorkflow,
    event: EventTable,
    isClaimable: boolean,
    heldBy: string | undefined,
    input?: string,
  ): void {
    const { id } = now.record;
    const { onDisk, input: given } = this.#workflows.get(id) ?? { onDisk: before, input };
    this.#workflows.set(id, { onDisk, now, isClaimable, heldBy, input: given });
    this.#events.push(event);
  }

  /** False when the transaction has not changed it. */
  hold(id: string, key: string): boolean {
    const workflow = this.#workflows.get(id);
    if (workflow !== undefined) this.#workflows.set(id, { ...workflow, heldBy: key });
    return workflow !== undefined;
  }

  /** What this key holds back stands in the order of the claim again. */
  release(key: string): void {
    for (const [id, workflow] of this.#workflows)
      if (workflow.heldBy === key) this.#workflows.set(id, { ...workflow, heldBy: undefined });
  }

  putKey(key: PendingKey): void {
    this.#keys.set(key.key, key);
  }

  flush(): void {
    if (this.#events.length === 0) return;
    const [workflows, events, keys] = [
      [...this.#workflows.values()],
      this.#events,
      [...this.#keys.values()],
    ];
    this.discard();
    this.#write({ workflows, events, keys });
  }

  /** What was done is rolled back. */
  discard(): void {
    this.#workflows.clear();
    this.#keys.clear();
    this.#events = [];
  }
}
