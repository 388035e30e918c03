import type { Lane, Task } from '../src/index.ts';

interface Account {
  tag: number;
  turn: number;
  servedAt: number;
  agesFrom: number;
  streak: number;
}

interface Waiting {
  readonly task: Task;
  readonly arrival: number;
}

export interface NaiveOptions {
  readonly fair: boolean;
  readonly weights: Readonly<Record<string, number>>;
  readonly deadlineBurst: number;
  readonly idleCreditMs: number;
  readonly limit?: number;
  readonly limitPerTenant?: number;
  readonly whenFull?: 'refuse' | 'shed';
  readonly whenExpired?: 'serve' | 'drop';
}

/** The mission's formula over whole milliseconds, times 300 000. */
export function units(
  { priority, enqueuedAt, estimateMs = Infinity }: Task,
  now: number,
  busy: boolean,
) {
  const wait = now - enqueuedAt;
  const promotion = Math.max(0, wait - 1_500_000) * 10;
  const short = busy && estimateMs < 60_000 ? 3 * 300_000 : 0;
  return 10 * 300_000 * priority + Math.min(wait, 5 * 300_000) + promotion + short;
}

/** The rules of the scheduler written down in the plainest way: a list, looked through at every pop. */
export class NaiveScheduler {
  readonly #options: NaiveOptions;
  readonly #accounts = new Map<string, Account>();
  readonly #virtual = new Map<number, number>();
  readonly #furthest = new Map<number, number>();
  readonly dropped: string[] = [];
  #waiting: Waiting[] = [];
  #arrivals = 0;

  constructor(options: NaiveOptions) {
    this.#options = options;
  }

  get ids(): string[] {
    return this.#waiting.map(({ task }) => task.id);
  }

  /** What a push comes to: how crowded it is then, or whose limit refuses the task. */
  push(task: Task, now: number): string {
    const { limit = Infinity, limitPerTenant = Infinity, whenFull, whenExpired } = this.#options;
    this.#expire(now);
    const tenant = task.tenant ?? '';
    const ofTenant = () => this.#waiting.filter(({ task: { tenant: its = '' } }) => its === tenant);
    const isLate = whenExpired === 'drop' && (task.deadlineAt ?? Infinity) <= now;
    if (isLate) this.dropped.push(`${task.id} expired`);
    else {
      const isTenantFull = ofTenant().length >= limitPerTenant;
      const isQueueFull = this.#waiting.length >= limit;
      if (isTenantFull || isQueueFull) {
        if (whenFull !== 'shed') return isQueueFull ? 'queue full' : 'tenant full';
        const scope = isTenantFull ? 'tenant' : 'queue';
        const [least] = (isTenantFull ? ofTenant() : this.#waiting).toSorted(
          (a, b) => a.task.priority - b.task.priority || b.arrival - a.arrival,
        );
        if (least === undefined || least.task.priority >= task.priority) return `${scope} full`;
        this.#drop(least);
        this.dropped.push(`${least.task.id} shed by ${scope} for ${task.id}`);
      }
      this.#insert({ task, arrival: this.#arrivals });
      this.#arrivals += 1;
    }
    const isCrowded =
      this.#waiting.length >= limit * 0.8 || ofTenant().length >= limitPerTenant * 0.8;
    return isCrowded ? 'slow-down' : 'none';
  }

  cancel(id: string): void {
    const found = this.#waiting.find(({ task }) => task.id === id);
    if (found !== undefined) this.#drop(found);
  }

  reprioritise(id: string, priority: number): void {
    const found = this.#waiting.find(({ task }) => task.id === id);
    if (found === undefined) return;
    this.#drop(found);
    this.#insert({ ...found, task: { ...found.task, priority } });
  }

  pop(now: number, busy: boolean, lane: Lane, urgentFrom: number, slots: number): Task | undefined {
    this.#expire(now);
    const eligible = this.#waiting.filter(
      ({ task }) => lane !== 'urgent' || task.priority >= urgentFrom,
    );
    const found = lane === 'oldest' ? this.#oldest(eligible) : this.#choose(eligible, now, busy);
    if (found === undefined) return undefined;
    const { task } = found;
    const line = this.#lineOf(task);
    const account = this.#account(task);
    const isJump = this.#mostPressed(line, now) === found && this.#best(line, now, busy) !== found;
    account.streak = isJump ? account.streak + 1 : 0;
    account.servedAt = now;
    account.agesFrom = Math.max(account.agesFrom, task.enqueuedAt);
    const { priority } = task;
    this.#virtual.set(priority, Math.max(this.#virtual.get(priority) ?? 0, account.tag));
    this.#charge(task, cost(task), slots);
    this.#drop(found);
    return task;
  }

  settle(task: Task, tookMs: number, slots: number): void {
    this.#charge(task, tookMs - cost(task), slots);
  }

  #expire(now: number): void {
    if (this.#options.whenExpired !== 'drop') return;
    const late = this.#waiting
      .filter(({ task: { deadlineAt = Infinity } }) => deadlineAt <= now)
      .sort((a, b) => (a.task.deadlineAt ?? 0) - (b.task.deadlineAt ?? 0) || a.arrival - b.arrival);
    for (const each of late) this.#drop(each);
    this.dropped.push(...late.map(({ task }) => `${task.id} expired`));
  }

  #insert(waiting: Waiting): void {
    const { task, arrival } = waiting;
    const account = this.#account(task);
    if (this.#lineOf(task).length === 0) {
      const virtual = this.#virtual.get(task.priority) ?? 0;
      account.tag = Math.max(account.tag, virtual - this.#options.idleCreditMs);
      account.turn = arrival;
    }
    this.#waiting.push(waiting);
  }

  #drop(found: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== found);
    const { priority } = found.task;
    if (this.#waiting.some(({ task }) => task.priority === priority)) return;
    const virtual = this.#virtual.get(priority) ?? 0;
    this.#virtual.set(priority, Math.max(virtual, this.#furthest.get(priority) ?? 0));
  }

  #charge(task: Task, ms: number, slots: number): void {
    const account = this.#account(task);
    const tenants = new Set(this.#waiting.map((waiting) => this.#tenantOf(waiting.task)));
    const everyone = [...tenants].reduce((sum, tenant) => sum + this.#weight(tenant), 0);
    const weight = this.#weight(this.#tenantOf(task));
    account.tag += ms / weight;
    const moved = account.agesFrom + Math.ceil((ms * (everyone / slots)) / weight);
    account.agesFrom = Math.min(account.servedAt, moved);
    const furthest = this.#furthest.get(task.priority) ?? 0;
    this.#furthest.set(task.priority, Math.max(furthest, account.tag));
  }

  #choose(eligible: Waiting[], now: number, busy: boolean): Waiting | undefined {
    const level = this.#standing(eligible).reduce<Waiting | undefined>(
      (best, next) => (best === undefined || isBefore(next, best, now, busy) ? next : best),
      undefined,
    )?.task.priority;
    const inLevel = eligible.filter(({ task }) => task.priority === level);
    const oldest = inLevel
      .filter((one) => one === this.#lineOf(one.task).sort(byAge)[0])
      .map(({ task, arrival }) => {
        const servedAt = this.#options.fair ? this.#account(task).servedAt : Infinity;
        return { task: { ...task, enqueuedAt: Math.max(task.enqueuedAt, servedAt) }, arrival };
      })
      .sort(byAge)[0];
    const isOverdue = oldest !== undefined && now - oldest.task.enqueuedAt > 1_500_000;
    const inTurn = inLevel.reduce<Account | undefined>((best, { task }) => {
      const account = this.#account(task);
      if (best === undefined || account.tag < best.tag) return account;
      return account.tag === best.tag && account.turn < best.turn ? account : best;
    }, undefined);
    const next = isOverdue ? this.#account(oldest.task) : inTurn;
    const line = inLevel.filter(({ task }) => this.#account(task) === next);
    const pressed = this.#mostPressed(line, now);
    if (next !== undefined && next.streak < this.#options.deadlineBurst && pressed !== undefined) {
      return pressed;
    }
    return this.#best(line, now, busy);
  }

  /** Heads of their lines, aged as their level sees them. */
  #standing(eligible: Waiting[]): Waiting[] {
    return eligible
      .filter((one) => one === this.#oldestLike(one))
      .map(({ task, arrival }) => {
        const agesFrom = this.#options.fair ? this.#account(task).agesFrom : -Infinity;
        return { task: { ...task, enqueuedAt: Math.max(task.enqueuedAt, agesFrom) }, arrival };
      });
  }

  #oldest(eligible: Waiting[]): Waiting | undefined {
    const standing = this.#standing(eligible).sort(byAge)[0];
    return eligible.find(({ arrival }) => arrival === standing?.arrival);
  }

  #oldestLike({ task }: Waiting): Waiting | undefined {
    return this.#lineOf(task)
      .filter((other) => isShort(other.task) === isShort(task))
      .sort(byAge)[0];
  }

  #mostPressed(line: Waiting[], now: number): Waiting | undefined {
    return line
      .filter(({ task }) => isPressed(task, now))
      .reduce<Waiting | undefined>(
        (first, other) => (first === undefined || isDueBefore(other, first) ? other : first),
        undefined,
      );
  }

  #best(line: Waiting[], now: number, busy: boolean): Waiting | undefined {
    return line.reduce<Waiting | undefined>(
      (best, next) => (best === undefined || isBefore(next, best, now, busy) ? next : best),
      undefined,
    );
  }

  #lineOf(task: Task): Waiting[] {
    const account = this.#account(task);
    return this.#waiting.filter((other) => this.#account(other.task) === account);
  }

  #weight(tenant: string): number {
    return this.#options.weights[tenant] ?? 1;
  }

  #tenantOf(task: Task): string {
    return this.#options.fair ? (task.tenant ?? '') : '';
  }

  #account(task: Task): Account {
    const key = `${task.priority}/${this.#tenantOf(task)}`;
    const account = this.#accounts.get(key) ?? {
      tag: 0,
      turn: 0,
      servedAt: -Infinity,
      agesFrom: -Infinity,
      streak: 0,
    };
    this.#accounts.set(key, account);
    return account;
  }
}

function cost({ estimateMs = 60_000 }: Task): number {
  return Math.max(1, estimateMs);
}

function isShort({ estimateMs = Infinity }: Task): boolean {
  return estimateMs < 60_000;
}

function isPressed(task: Task, now: number): boolean {
  if (task.deadlineAt === undefined || task.deadlineAt <= now) return false;
  return task.deadlineAt - now - cost(task) < 2 * cost(task);
}

function isDueBefore(a: Waiting, b: Waiting): boolean {
  const lead = (a.task.deadlineAt ?? 0) - (b.task.deadlineAt ?? 0);
  return lead < 0 || (lead === 0 && a.arrival < b.arrival);
}

function isBefore(a: Waiting, b: Waiting, now: number, busy: boolean): boolean {
  const lead = units(a.task, now, busy) - units(b.task, now, busy);
  if (lead !== 0) return lead > 0;
  if (a.task.enqueuedAt !== b.task.enqueuedAt) return a.task.enqueuedAt < b.task.enqueuedAt;
  return a.arrival < b.arrival;
}

function byAge(a: Waiting, b: Waiting): number {
  return a.task.enqueuedAt - b.task.enqueuedAt || a.arrival - b.arrival;
}
