import type { DegradationUnderTest } from '../conformance/degradation-under-test.ts';

/** Something small that gives up level by level and keeps every law, in pieces that a mutant can replace. */
export class SpecimenDegradation implements DegradationUnderTest {
  readonly worst = 2;
  readonly dwellMs = 10_000;
  readonly settlesWithinMs = 40_000;
  protected level = 0;
  #changedAt = -Infinity;

  readonly observe = ({ at, strain }: { readonly at: number; readonly strain: number }): number => {
    const to = Math.max(this.levelInto(strain), this.levelOutOf(strain, at - this.#changedAt));
    if (to !== this.level) this.#changedAt = at;
    this.level = to;
    return to;
  };

  readonly allowsCritical = (): boolean => this.floor() <= 10;

  readonly join = (one: number, other: number): number => this.joined(one, other);

  /** The level that a strain leads to at once. */
  protected levelInto(strain: number): number {
    if (strain > 0.9) return 2;
    return strain > 0.7 ? 1 : 0;
  }

  /** The level that is left no sooner. */
  protected levelOutOf(strain: number, sinceMs: number): number {
    if (sinceMs < this.dwell()) return this.level;
    const isClear = strain < (this.level === 2 ? 0.8 : 0.6);
    return isClear ? Math.max(this.best(), this.level - 1) : this.level;
  }

  protected dwell(): number {
    return this.dwellMs;
  }

  protected best(): number {
    return 0;
  }

  /** Least priority that may start, where 10 is the highest. */
  protected floor(): number {
    return this.level * 5;
  }

  protected joined(one: number, other: number): number {
    return Math.max(one, other);
  }
}
