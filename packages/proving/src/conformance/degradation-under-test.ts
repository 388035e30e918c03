import type { Random } from '@chimera/policy';
import type { ConformanceLaw } from './scorecard.ts';

/** What gives things up under strain, level by level, and has given up nothing yet; and what it promises. */
export interface DegradationUnderTest {
  /** The level at which least is left; at 0 nothing is given up. */
  readonly worst: number;
  /** After a change, no better level comes for so many ms. */
  readonly dwellMs: number;
  /** Ms after which a strain that stays has led where it leads, from wherever. */
  readonly settlesWithinMs: number;
  /** Takes a reading of the strain, from 0 to 1, once a second of its clock; the level from now on. */
  readonly observe: (seen: { readonly at: number; readonly strain: number }) => number;
  /** Whether work may start now that must never be given up. */
  readonly allowsCritical: () => boolean;
  /** The level that two causes lead to together, each of which leads to one of these alone. */
  readonly join?: (one: number, other: number) => number;
}

export type DegradationLaw = ConformanceLaw<DegradationUnderTest> & { readonly id: string };

interface Reading {
  readonly at: number;
  readonly strain: number;
  readonly from: number;
  readonly to: number;
}

/** Shows it strains, second by second, and writes down where they lead. */
export class Watch {
  readonly #subject: DegradationUnderTest;
  #at = 0;
  level = 0;

  constructor(subject: DegradationUnderTest) {
    this.#subject = subject;
  }

  read(strain: number): Reading {
    this.#at += 1_000;
    const from = this.level;
    this.level = this.#subject.observe({ at: this.#at, strain });
    return { at: this.#at, strain, from, to: this.level };
  }

  /** The level that a strain leads to. */
  hold(strain: number): number {
    const seconds = Math.ceil(this.#subject.settlesWithinMs / 1_000) + 1;
    for (let second = 0; second < seconds; second += 1) this.read(strain);
    return this.level;
  }

  /** Strains at random, each held for a while. */
  weather(random: Random, spells: number, each: (reading: Reading) => void = () => {}): void {
    for (let spell = 0; spell < spells; spell += 1) {
      const strain = random() < 0.3 ? 0 : random();
      const seconds = 1 + Math.floor(random() * (random() < 0.5 ? 5 : 120));
      for (let second = 0; second < seconds; second += 1) each(this.read(strain));
    }
  }
}
