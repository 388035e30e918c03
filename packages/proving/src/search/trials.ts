import { type Judged, type JudgedSystem, judgeTrace, seedsOf } from './judge-trace.ts';
import type { Settings } from './settings.ts';
import type { Trace } from './trace.ts';

export interface Trial {
  /** Mean harm by those seeds of the search that it was tried with; what was cut off has none. */
  readonly fitness: number;
  /** By fresh seeds: there when it does harm by the seeds of the search, and by these as well. */
  readonly proven: Judged | undefined;
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
    const confirmed = judged.isHarm
      ? await this.#judge(trace, this.#seeds.fresh, false)
      : undefined;
    const isCutOff = judged.isCutOff || confirmed?.isCutOff === true;
    if (isCutOff) this.cutOff += 1;
    const trial: Trial = {
      fitness: isCutOff ? -Infinity : judged.harm.mean,
      proven: confirmed?.isHarm === true ? confirmed : undefined,
    };
    this.#known.set(key, { ...trial, proven: undefined });
    return trial;
  }

  async #judge(trace: Trace, seeds: readonly number[], stopsEarly: boolean): Promise<Judged> {
    const judged = await judgeTrace(trace, this.#system, this.#settings, seeds, stopsEarly);
    this.simulations += 2 * judged.pairs.length + (judged.isCutOff ? 1 : 0);
    return judged;
  }
}
