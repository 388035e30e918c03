import type { AutoscalerUnderTest, SchedulerUnderTest } from '../../src/conformance.ts';

/** A small right implementation of each contract, with places for a mistake. */
export function specimenAutoscaler({
  bound = (size: number) => Math.min(10, Math.max(2, size)),
  cooldownMs = 5_000,
  isKnown = (value: number) => Number.isFinite(value) && value >= 0,
  low = 0.3,
  step = 2,
  wantsMore = (share: number) => share >= 0.8,
} = {}): AutoscalerUnderTest {
  const last = { up: -Infinity, down: -Infinity };
  return {
    min: 2,
    max: 10,
    step: 2,
    cooldownMs: 5_000,
    deadBand: [0.3, 0.8],
    decide: ({ at, queued, running, size }) => {
      if (!isKnown(running) || !isKnown(queued)) return size;
      const share = running / size;
      const way = wantsMore(share) ? 'up' : share <= low && queued === 0 ? 'down' : undefined;
      if (way === undefined || at - last[way] < cooldownMs) return size;
      const to = bound(way === 'up' ? size + step : size - 1);
      if (to !== size) last[way] = at;
      return to;
    },
  };
}

interface Waiting {
  readonly id: string;
  readonly priority: number;
  readonly at: number;
  readonly order: number;
}

export function specimenScheduler({
  ageing = 0.1,
  cancel = (all: Waiting[], id: string) => all.filter((each) => each.id !== id),
  ties = (one: Waiting, other: Waiting) => one.order - other.order,
  again = (one: Waiting, priority: number): Waiting => ({ ...one, priority }),
  isLazy = false,
} = {}): SchedulerUnderTest {
  let all: Waiting[] = [];
  let order = 0;
  return {
    agesWithinMs: 100,
    lowest: 0,
    highest: 9,
    add: (task) => all.push({ ...task, order: order++ }),
    cancel: (id) => {
      all = cancel(all, id);
    },
    reprioritise: (id, priority) => {
      all = all.map((each) => (each.id === id ? again(each, priority) : each));
    },
    take: (at) => {
      const score = (each: Waiting) => each.priority + ageing * (at - each.at);
      const [first] = all.toSorted((one, other) => score(other) - score(one) || ties(one, other));
      if (isLazy && all.length === 1) return undefined;
      all = all.filter((each) => each !== first);
      return first?.id;
    },
  };
}
