import { type Judged, type JudgedSystem, judgeTrace, seedsOf } from './judge-trace.ts';
import type { Settings } from './settings.ts';
import type { Trace } from './trace.ts';

export interface Trial {
  /** Mean harm by those seeds of the search that it was tried with; what was cut off has none. */
  readonly fitness: number;
  /** By the seeds of the search, and by twice as many others as well. */
  readonly isHarm: boolean;
}

/** Tries traces, none of them twice, and counts what that took. */
export class Trials {
  /** Different traces that were tried. */
  evaluations = 0;
  simulations = 0;
  /** Traces of which a run was cut off. */
  cutOff = 0;
  readonly #system: JudgedSystem;
  readonly #settings: Settings;
  readonly #seeds: ReturnType<typeof seedsOf>;
  readonly #known: Map<string, Trial> = new Map();

  constructor(system: JudgedSystem, settings: Settings) {
    this.#system = system;
    this.#settings = settings;
    this.#seeds = seedsOf(settings);
  }

  get evolutionSeed(): number {
    return this.#seeds.evolution;
  }

  async try(trace: Trace): Promise<Trial> {
    const key = JSON.stringify(trace);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.evaluations += 1;
    const judged = await this.#judge(trace, this.#seeds.search, true);
    const checked = judged.isHarm ? await this.#judge(trace, this.#seeds.check, false) : judged;
    const isCutOff = judged.isCutOff || checked.isCutOff;
    if (isCutOff) this.cutOff += 1;
    const trial: Trial = {
      fitness: isCutOff ? -Infinity : judged.harm.mean,
      isHarm: checked.isHarm,
    };
    this.#known.set(key, trial);
    return trial;
  }

  /** By seeds that have had no part in anything. */
  audit(trace: Trace): Promise<Judged> {
    return this.#judge(trace, this.#seeds.unseen, false);
  }

  async #judge(trace: Trace, seeds: readonly number[], stopsEarly: boolean): Promise<Judged> {
    const judged = await judgeTrace(trace, this.#system, this.#settings, seeds, stopsEarly);
    this.simulations += 2 * judged.pairs.length + (judged.isCutOff ? 1 : 0);
    return judged;
  }
}
