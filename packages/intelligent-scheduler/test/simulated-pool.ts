import { IntelligentScheduler, type IntelligentSchedulerOptions, type Task } from '../src/index.ts';

export interface Arrival extends Task {
  /** How long it really runs, in ms. */
  readonly tookMs: number;
}

export interface Start {
  readonly task: Arrival;
  readonly at: number;
}

/** Serves the arrivals, in order of `enqueuedAt`, on `slots` slots until `endsAt`; what started, in order. */
export function simulatePool(
  arrivals: readonly Arrival[],
  slots: number,
  endsAt: number,
  options: IntelligentSchedulerOptions = {},
  onStart: (start: Start, waiting: ReadonlyMap<string, Arrival>) => void = () => {},
): Start[] {
  const scheduler = new IntelligentScheduler<Arrival>(options);
  const waiting = new Map<string, Arrival>();
  const starts: Start[] = [];
  let running: { readonly task: Arrival; readonly endsAt: number }[] = [];
  let next = 0;
  for (;;) {
    const now = Math.min(
      arrivals[next]?.enqueuedAt ?? Infinity,
      ...running.map((run) => run.endsAt),
    );
    if (now >= endsAt) return starts;
    for (const { task } of running.filter((run) => run.endsAt <= now)) {
      scheduler.finish(task.id, { tookMs: task.tookMs });
    }
    running = running.filter((run) => run.endsAt > now);
    for (let task = arrivals[next]; task !== undefined; task = arrivals[next]) {
      if (task.enqueuedAt > now) break;
      scheduler.push(task);
      waiting.set(task.id, task);
      next += 1;
    }
    while (running.length < slots) {
      const task = scheduler.pop({ now, slots, utilisation: running.length / slots });
      if (task === undefined) break;
      if (!waiting.delete(task.id)) throw new Error(`${task.id} was handed out twice`);
      starts.push({ task, at: now });
      onStart({ task, at: now }, waiting);
      running.push({ task, endsAt: now + task.tookMs });
    }
    if (scheduler.size !== waiting.size) throw new Error('a task was lost');
  }
}

/** Jain's index of fairness: 1 when all have the same, 1/n when one has all. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}
