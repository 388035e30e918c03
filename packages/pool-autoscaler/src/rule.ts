import type { Reading } from './snapshot.ts';

/** How fast a rule may move the pool. */
export interface Pace {
  /** Most slots added by one decision. */
  readonly upBy: number;
  /** Most slots taken away by one decision. */
  readonly downBy: number;
  /** From one scale-up to the next, in ms. A scale-down never delays a scale-up. */
  readonly upEveryMs: number;
  /** From one scale-down to the next, in ms. */
  readonly downEveryMs: number;
  /** From a scale-up to the next scale-down, in ms. */
  readonly reversalMs: number;
}

/** The size that a rule asks for. */
export interface Advice {
  /** Desired size; the pool's own size, or NaN, means "leave it". Bounds and pace are applied later. */
  readonly want: number;
  /** Size that no other rule may exceed. */
  readonly limit?: number;
  readonly reason: string;
}

/** A rule's own state between readings; plain JSON. */
export type RuleMemory = object | undefined;

/**
 * One way to tell how large the pool should be. Pure: the same reading and memory give the same
 * answer. Several rules together grow the pool when any of them asks for it, and shrink it only
 * when all of them do.
 */
export interface ScalingRule {
  readonly name: string;
  readonly pace: Pace;
  advise(reading: Reading, memory: RuleMemory): { advice: Advice; memory: RuleMemory };
  /** Throws RangeError when the rule would have to oscillate within these bounds. */
  check?(min: number, max: number): void;
}

interface RuleDefinition<Memory extends RuleMemory> {
  readonly name: string;
  readonly pace: Pace;
  advise(reading: Reading, memory: Memory | undefined): { advice: Advice; memory: Memory };
  check?(min: number, max: number): void;
}

/** Makes a rule of a definition that knows the shape of its own memory. */
export function scalingRule<Memory extends RuleMemory>(
  definition: RuleDefinition<Memory>,
): ScalingRule {
  return {
    ...definition,
    // A rule is only ever handed the memory that it returned itself.
    advise: (reading, memory) => definition.advise(reading, memory as Memory | undefined),
  };
}
