import type { WorkflowStatus } from '@chimera/workflow';

type Counts = Record<WorkflowStatus, number>;

const none: Readonly<Counts> = {
  queued: 0,
  running: 0,
  waiting: 0,
  completed: 0,
  dead: 0,
  cancelled: 0,
};

/**
 * How many workflows there are of each status, without counting them: the file has one owner, who
 * counts once, and from then on what every transaction changes.
 */
export class StatusTally {
  #committed: Counts;
  #now: Counts;
  /** As each group left it that is written and not committed yet, oldest first. */
  readonly #sealed: Counts[] = [];

  constructor(counted: Partial<Counts>) {
    this.#committed = { ...none, ...counted };
    this.#now = { ...this.#committed };
  }

  /** Of what is committed. */
  get counts(): Counts {
    return { ...this.#committed };
  }

  /** How many the transaction under way sees that have not ended and do not run. */
  get pendingNow(): number {
    return this.#now.queued + this.#now.waiting;
  }

  /** A workflow came, with no status before, or went, with none after, or moved. */
  move(from: WorkflowStatus | undefined, to: WorkflowStatus | undefined): void {
    if (from !== undefined) this.#now[from] -= 1;
    if (to !== undefined) this.#now[to] += 1;
  }

  committed(): void {
    Object.assign(this.#committed, this.#now);
  }

  /** What moved so far is committed later, by the {@link landed} that belongs to it. */
  seal(): void {
    this.#sealed.push({ ...this.#now });
  }

  landed(): void {
    Object.assign(this.#committed, this.#sealed.shift());
  }

  /** Of all groups that have not landed. */
  rolledBack(): void {
    this.#sealed.length = 0;
    Object.assign(this.#now, this.#committed);
  }

  /** Returns the function that takes back what moves from here on. */
  mark(): () => void {
    const then = { ...this.#now };
    return () => Object.assign(this.#now, then);
  }
}
