import type { Random } from '@chimera/policy';
import { Choices } from '../check/choices.ts';
import type { Trigger } from '../sim/engine/triggers.ts';
import { gridMs, rungs, sizeOf, tidied, type Trace, type TraceSpace } from './trace.ts';

/** Draws traces, changes them and crosses them, all within a space. */
export class Breeder {
  readonly #choices: Choices;
  readonly #space: TraceSpace;

  constructor(random: Random, space: TraceSpace) {
    this.#choices = new Choices(random);
    this.#space = space;
  }

  /** Of traces with a fitness, the fittest of a few that are drawn: a tournament. */
  drawn<T extends { readonly fitness: number }>(first: T, all: readonly T[]): T {
    let best = this.#choices.oneOf(first, ...all);
    for (let round = 0; round < 2; round += 1) {
      const other = this.#choices.oneOf(first, ...all);
      if (other.fitness > best.fitness) best = other;
    }
    return best;
  }

  fresh(): Trace {
    const count = this.#choices.integer(1, Math.min(3, this.#space.most));
    return this.#tidied(Array.from({ length: count }, () => this.#trigger()));
  }

  /** Each trigger of either with even chance. */
  crossed(one: Trace, other: Trace): Trace {
    return this.#tidied([...one, ...other].filter(() => this.#choices.isLucky(0.5)));
  }

  mutated(trace: Trace): Trace {
    const at = this.#choices.integer(0, trace.length - 1);
    const trigger = trace[at];
    const how = this.#choices.weighted(
      [trace.length < this.#space.most ? 3 : 0, 'add' as const],
      [trigger === undefined ? 0 : 2, 'remove' as const],
      [trigger === undefined ? 0 : 6, 'change' as const],
    );
    if (how === 'add' || trigger === undefined) return this.#tidied([this.#trigger(), ...trace]);
    if (how === 'remove') return trace.toSpliced(at, 1);
    return this.#tidied(trace.with(at, this.#changed(trigger)));
  }

  #tidied(triggers: Trace): Trace {
    return tidied(triggers, this.#space);
  }

  #trigger(): Trigger {
    const choices = this.#choices;
    const { kinds, shards } = this.#space;
    const kind = choices.oneOf(kinds[0] ?? 'load', ...kinds);
    const isAimed = kind !== 'load' && shards > 1 && choices.isLucky(0.7);
    const shard = isAimed ? { shard: choices.integer(0, shards - 1) } : {};
    const forMs = kind === 'flush' ? 0 : rung(choices, this.#lengths);
    const fromMs = this.#start(forMs);
    switch (kind) {
      case 'load':
        return { kind, fromMs, forMs, times: rung(choices, rungs.load) };
      case 'latency':
        return choices.isLucky(0.5)
          ? { kind, fromMs, forMs, times: rung(choices, rungs.latency), ...shard }
          : { kind, fromMs, forMs, addMs: rung(choices, rungs.addMs), ...shard };
      case 'errors':
        return { kind, fromMs, forMs, share: rung(choices, rungs.share), ...shard };
      case 'capacity':
        return { kind, fromMs, forMs, lost: rung(choices, rungs.share), ...shard };
      case 'flush':
        return { kind, fromMs, ...shard };
    }
  }

  /** A little more or less, longer or shorter, earlier or later. */
  #changed(trigger: Trigger): Trigger {
    const choices = this.#choices;
    const sized = sizeOf(trigger);
    if (sized !== undefined && choices.isLucky(0.5)) {
      return sized.resized(this.#near(sized.ladder, sized.size));
    }
    if (trigger.kind === 'flush' || choices.isLucky(0.4)) {
      return { ...trigger, fromMs: this.#start(trigger.kind === 'flush' ? 0 : trigger.forMs) };
    }
    const forMs = this.#near(this.#lengths, trigger.forMs);
    return { ...trigger, forMs, fromMs: Math.min(trigger.fromMs, this.#start(forMs, 1)) };
  }

  #near(ladder: readonly number[], value: number): number {
    const up = this.#choices.weighted([1, -2], [2, -1], [2, 1], [1, 2]);
    const at = Math.max(0, Math.min(ladder.length - 1, ladder.indexOf(value) + up));
    return ladder[at] ?? value;
  }

  get #lengths(): readonly number[] {
    return lengthsOf(this.#space);
  }

  /** From the first instant at which it fits (a share of 0) to the last (1); by chance unless said. */
  #start(forMs: number, share?: number): number {
    const { traceMs, warmUpMs } = this.#space;
    const last = Math.floor((traceMs - forMs) / gridMs);
    return (
      warmUpMs + gridMs * (share === undefined ? this.#choices.integer(0, last) : share * last)
    );
  }
}

function lengthsOf({ traceMs }: TraceSpace): readonly number[] {
  return rungs.forMs.filter((forMs) => forMs <= traceMs);
}

function rung(choices: Choices, ladder: readonly number[]): number {
  return ladder[choices.integer(0, ladder.length - 1)] ?? 0;
}
