import type { Batch } from './batch-writer.ts';
import type { KeptBack } from './kept-back.ts';
import { isPending, type StoredWorkflow } from './stored-workflow.ts';
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

/** Writes what a transaction has kept back. */
export type WritePending = (pending: {
  readonly workflows: Iterable<PendingWorkflow>;
  readonly events: readonly EventTable[];
  readonly keys: Iterable<PendingKey>;
}) => void;

export interface PendingWriters {
  /** To the disk, within the transaction. */
  readonly here: WritePending;
  /** As statements for another thread, which {@link taken} returns. */
  readonly elsewhere: WritePending;
  readonly taken: () => Batch['steps'];
}

interface Group {
  readonly workflows: Map<string, PendingWorkflow>;
  readonly keys: Map<string, PendingKey>;
  readonly events: EventTable[];
}

/**
 * What a transaction has done and not written yet, and before it, what groups did that another
 * thread is writing. However often a transaction moves a workflow (a phase ends and the next is
 * claimed in one commit), its row is written once. Who reads the disk inside of a transaction
 * either looks here first, or flushes.
 */
export class PendingRows {
  readonly #writers: PendingWriters;
  readonly #keptBack: KeptBack;
  /** Handed to the other thread and not known to be committed, oldest first. */
  readonly #sealed: Group[] = [];
  #group: Group = emptyGroup();

  constructor(writers: PendingWriters, keptBack: KeptBack) {
    this.#writers = writers;
    this.#keptBack = keptBack;
  }

  get(id: string): StoredWorkflow | undefined {
    return this.#find((group) => group.workflows.get(id))?.now;
  }

  get size(): number {
    return this.#sealed.reduce(
      (sum, group) => sum + group.workflows.size,
      this.#group.workflows.size,
    );
  }

  /** With what the disk may still have of each: where it waits, if it has since any of its groups. */
  get workflows(): Iterable<PendingWorkflow> {
    if (this.#sealed.length === 0) return this.#group.workflows.values();
    const all = new Map<string, PendingWorkflow>();
    for (const { workflows } of [...this.#sealed, this.#group]) {
      for (const [id, workflow] of workflows) {
        const before = all.get(id);
        all.set(id, before === undefined ? workflow : { ...workflow, onDisk: waitingOf(before) });
      }
    }
    return all.values();
  }

  key(key: string): PendingKey | undefined {
    return this.#find((group) => group.keys.get(key));
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
    const { events, workflows } = this.#group;
    const { onDisk, input: given } = workflows.get(id) ?? { onDisk: before, input };
    workflows.set(id, { onDisk, now, isClaimable, heldBy, input: given });
    events.push(event);
  }

  /** False when the transaction has not changed it. */
  hold(id: string, key: string): boolean {
    const { workflows } = this.#group;
    const workflow = workflows.get(id);
    if (workflow !== undefined) workflows.set(id, { ...workflow, heldBy: key });
    return workflow !== undefined;
  }

  /** What this key holds back stands in the order of the claim again. */
  release(key: string): void {
    const { workflows } = this.#group;
    for (const [id, workflow] of workflows)
      if (workflow.heldBy === key) workflows.set(id, { ...workflow, heldBy: undefined });
  }

  putKey(key: PendingKey): void {
    this.#group.keys.set(key.key, key);
  }

  /** To be called before the disk is read for what operations before this one may have changed. */
  needDisk(): void {
    this.#keptBack.refuse();
  }

  flush(): void {
    this.needDisk();
    const { events, keys, workflows } = this.#group;
    if (events.length === 0) return;
    this.discard();
    this.#writers.here({ events, keys: keys.values(), workflows: workflows.values() });
  }

  /** What the group has done, for another thread; it is looked up here until it has {@link landed}. */
  seal(): Batch {
    const { events, keys, workflows } = this.#group;
    // Of a group that could not be noted to its end.
    this.#writers.taken();
    this.#writers.elsewhere({ events, keys: keys.values(), workflows: workflows.values() });
    this.#sealed.push(this.#group);
    this.discard();
    return { steps: this.#writers.taken(), lastEvent: events.at(-1)?.seq ?? 0 };
  }

  /** The oldest sealed group is on the disk. */
  landed(): void {
    this.#sealed.shift();
  }

  /** What the group under way has done is rolled back. */
  discard(): void {
    this.#group = emptyGroup();
  }

  /** And with it all that has not landed. */
  discardAll(): void {
    this.#sealed.length = 0;
    this.discard();
  }

  #find<Found>(look: (group: Group) => Found | undefined): Found | undefined {
    let found = look(this.#group);
    for (let at = this.#sealed.length - 1; at >= 0 && found === undefined; at -= 1) {
      const group = this.#sealed[at];
      found = group && look(group);
    }
    return found;
  }
}

/** The other thread may have written a group, or not yet: as it was before it, or as it left it. */
function waitingOf({ now, onDisk }: PendingWorkflow): StoredWorkflow | undefined {
  return onDisk !== undefined && isPending(onDisk) ? onDisk : isPending(now) ? now : onDisk;
}

function emptyGroup(): Group {
  return { workflows: new Map(), keys: new Map(), events: [] };
}
