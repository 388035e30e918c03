import type { SchedulerUnderTest, WaitingTask } from '../conformance/scheduler-under-test.ts';

export interface SpecimenTask extends WaitingTask {
  /** As they came; of equals the smaller is served first. */
  readonly order: number;
}

/**
 * A small scheduler that promises everything and keeps every law, in pieces that a mutant can
 * replace one by one.
 */
export class SpecimenScheduler implements SchedulerUnderTest {
  readonly agesWithinMs = 100;
  readonly lowest = 0;
  readonly highest = 9;
  readonly expires = true;
  readonly weights: Readonly<Record<string, number>> = { a: 1, b: 2, c: 0.5 };
  readonly capacity: NonNullable<SchedulerUnderTest['capacity']> = {
    most: 400,
    shed: () => this.#shed,
  };
  readonly limits: NonNullable<SchedulerUnderTest['limits']> = [
    { most: 4, counts: () => true },
    { most: 2, counts: ({ key }) => key === 'a' },
  ];
  protected all: readonly SpecimenTask[] = [];
  readonly #running = new Map<string, WaitingTask>();
  readonly #shed: string[] = [];
  /** Start-time fair queuing: the work that each key had when its next task begins, over its weight. */
  readonly #tags = new Map<string, number>();
  #virtualMs = 0;
  #came = 0;

  readonly add = (task: WaitingTask): void => {
    const { key = '' } = task;
    if (!this.all.some((other) => (other.key ?? '') === key))
      this.#tags.set(key, this.tagOfNewcomer(this.#tags.get(key) ?? 0, this.#virtualMs));
    this.all = [...this.all, { ...task, order: this.#came }];
    this.#came += 1;
    if (this.all.length <= this.capacity.most) return;
    const victim = this.victim();
    this.all = this.all.filter((each) => each !== victim);
    if (victim !== undefined) this.#shed.push(victim.id);
  };

  readonly cancel = (id: string): void => {
    this.all = this.without(id);
  };

  readonly reprioritise = (id: string, priority: number): void => {
    this.all = this.all.map((each) => (each.id === id ? this.moved(each, priority) : each));
  };

  readonly take = (at: number): string | undefined => {
    const [first] = this.all
      .filter((task) => this.mayRun(task, at))
      .toSorted(
        (one, other) => this.score(other, at) - this.score(one, at) || this.tie(one, other),
      );
    if (first === undefined) return undefined;
    const { costMs = 0, id, key = '' } = first;
    this.all = this.all.filter((each) => each !== first);
    this.#running.set(id, first);
    this.#virtualMs = this.tagOf(first);
    this.#tags.set(key, this.#virtualMs + this.charge(costMs) / (this.weights[key] ?? 1));
    return id;
  };

  readonly finish = (id: string): void => {
    this.#running.delete(id);
  };

  readonly waiting = (): number => this.all.length;

  protected mayRun(task: SpecimenTask, at: number): boolean {
    return this.isOfUse(task, at) && this.hasRoom(task, [...this.#running.values()]);
  }

  protected isOfUse({ expiresAt = Infinity }: SpecimenTask, at: number): boolean {
    return at < expiresAt;
  }

  protected hasRoom(task: WaitingTask, running: readonly WaitingTask[]): boolean {
    return this.limits.every(
      ({ counts, most }) => !counts(task) || running.filter(counts).length < most,
    );
  }

  protected score({ at: since, priority }: SpecimenTask, at: number): number {
    return priority + this.ageing() * (at - since);
  }

  /** Levels for each ms of waiting. */
  protected ageing(): number {
    return 0.1;
  }

  protected tie(one: SpecimenTask, other: SpecimenTask): number {
    return this.tagOf(one) - this.tagOf(other) || one.order - other.order;
  }

  protected tagOf({ key = '' }: SpecimenTask): number {
    return this.#tags.get(key) ?? 0;
  }

  /** Where a key begins that had nothing waiting. */
  protected tagOfNewcomer(own: number, othersMs: number): number {
    return Math.max(own, othersMs);
  }

  protected charge(costMs: number): number {
    return costMs;
  }

  protected without(id: string): readonly SpecimenTask[] {
    return this.all.filter((each) => each.id !== id);
  }

  protected moved(task: SpecimenTask, priority: number): SpecimenTask {
    return { ...task, priority };
  }

  /** Who goes when too many wait: of the least urgent, the last that came. */
  protected victim(): SpecimenTask | undefined {
    return this.all.toSorted(
      (one, other) => one.priority - other.priority || other.order - one.order,
    )[0];
  }
}
