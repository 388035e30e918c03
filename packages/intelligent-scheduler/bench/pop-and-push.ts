import { seededRandom } from '@chimera/policy';
import { IntelligentScheduler, type Task } from '@chimera/intelligent-scheduler';

/**
 * What a pop and a push cost together while `size` tasks wait, against a scan of a list that
 * scores every task. Run: node bench/pop-and-push.ts (after a build). Prints ns, the best of rounds.
 */
const sizes = [1_000, 10_000, 100_000];
const rounds = 100;
const estimates = [undefined, 5_000, 50_000, 120_000, 900_000];
const tenants = Array.from({ length: 50 }, (_, index) => `tenant ${index}`);

interface Queue {
  push(task: Task): void;
  pop(now: number): Task | undefined;
}

class NaiveScan implements Queue {
  readonly #tasks: Task[] = [];

  push(task: Task): void {
    this.#tasks.push(task);
  }

  pop(now: number): Task | undefined {
    let best = 0;
    let bestScore = -Infinity;
    for (let index = 0; index < this.#tasks.length; index += 1) {
      const task = this.#tasks[index];
      if (task === undefined) continue;
      const wait = (now - task.enqueuedAt) / 1_000;
      const short = (task.estimateMs ?? Infinity) < 60_000 ? 3 : 0;
      const promotion = Math.max(0, (wait - 1_500) / 30);
      const score = 10 * task.priority + Math.min(wait / 300, 5) + short + promotion;
      if (score <= bestScore) continue;
      best = index;
      bestScore = score;
    }
    const last = this.#tasks.pop();
    const found = this.#tasks[best] ?? last;
    if (last !== undefined && best < this.#tasks.length) this.#tasks[best] = last;
    return found;
  }
}

function scheduled(options: { readonly fair: boolean }): Queue {
  const scheduler = new IntelligentScheduler(options);
  const context = { now: 0, utilisation: 0.9, slots: 10 };
  return {
    push: (task) => void scheduler.push(task),
    pop: (now) => {
      context.now = now;
      const task = scheduler.pop(context);
      if (options.fair && task !== undefined) scheduler.finish(task.id);
      return task;
    },
  };
}

/** The best of the rounds, in ns for a pop and a push. */
function measure(queue: Queue, size: number, pairs: number): number {
  const random = seededRandom(1);
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  let now = 1_760_000_000_000;
  let made = 0;
  const make = (): Task => {
    const estimateMs = pick(estimates);
    const task = { id: `t${(made += 1)}`, priority: Math.floor(random() * 11), enqueuedAt: now };
    const tenant = pick(tenants);
    return estimateMs === undefined ? { ...task, tenant } : { ...task, tenant, estimateMs };
  };
  for (let index = 0; index < size; index += 1) {
    now += 10;
    queue.push(make());
  }
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const arriving = Array.from({ length: pairs }, () => {
      now += 10;
      return make();
    });
    const started = performance.now();
    for (const task of arriving) {
      queue.pop(task.enqueuedAt);
      queue.push(task);
    }
    best = Math.min(best, ((performance.now() - started) * 1e6) / pairs);
  }
  return best;
}

const rows = sizes.map((size) => {
  const scheduler = measure(scheduled({ fair: false }), size, 2_000);
  const fair = measure(scheduled({ fair: true }), size, 2_000);
  const naive = measure(new NaiveScan(), size, Math.max(1, Math.floor(20_000 / size)));
  return {
    waiting: size,
    'scheduler ns': Math.round(scheduler),
    'fair, 50 tenants ns': Math.round(fair),
    'naive scan ns': Math.round(naive),
    'times faster': Math.round(naive / scheduler),
  };
});
console.table(rows);
