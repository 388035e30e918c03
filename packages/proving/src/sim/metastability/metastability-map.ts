import {
  type Duration,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import { countOption, finiteOption } from '../engine/finite-option.ts';
import { endOf } from '../engine/triggers.ts';
import { recoveryMs } from '../measures/recovery.ts';
import { simulate, type SimulationOptions } from '../simulate.ts';

/**
 * What a load is, at a size of the trigger: `stable` when none of the triggers tried keeps it down,
 * `vulnerable` when this one does not but another does, `metastable` when it stays down although the
 * trigger is gone, `overloaded` when it is down without one (Bronson et al., HotOS 2021).
 */
export type Region = 'stable' | 'vulnerable' | 'metastable' | 'overloaded';

export interface MapCell {
  readonly size: number;
  readonly region: Region;
  /** Of the runs, the share that stayed down. */
  readonly stuckShare: number;
}

export interface MapRow {
  readonly load: number;
  /** By size. */
  readonly cells: readonly MapCell[];
  /** The smallest trigger that keeps it down, found by halving; undefined when none does. */
  readonly border: number | undefined;
}

export interface MetastabilityMap {
  readonly sizes: readonly number[];
  /** By load. */
  readonly rows: readonly MapRow[];
}

export interface MapOptions {
  readonly loads: readonly number[];
  readonly sizes: readonly number[];
  /** The system under a load, with triggers of this size, and `runFor`. */
  readonly of: (load: number, size: number) => SimulationOptions;
  /** It has recovered when goodput is back this soon after the triggers. Default: before the end. */
  readonly within?: Duration;
  /** Back: this share of the calls that come ends well. Default 0.9. */
  readonly share?: number;
  /** Runs of each cell, with seeds from 1; most of them decide. Default 3. */
  readonly runs?: number;
  /** How often the span between the last size that it recovers from and the next one is halved. Default 3. */
  readonly halvings?: number;
}

const owner = 'metastability map';

/**
 * Tries a system under every load with a trigger of every size, and looks whether it comes back.
 *
 * @throws RangeError for a wrong option.
 */
export async function metastabilityMap(options: MapOptions): Promise<MetastabilityMap> {
  const loads = ascending('loads', options.loads);
  const sizes = ascending('sizes', options.sizes);
  const halvings = integerOption(owner, 'halvings', options.halvings ?? 3, 0, 50);
  const tryOut = triesOf(options);
  const rows: MapRow[] = [];
  for (const load of loads) {
    if (isStuck(await tryOut(load, undefined))) {
      const cells = sizes.map((size) => ({ size, region: 'overloaded' as const, stuckShare: 1 }));
      rows.push({ load, cells, border: undefined });
      continue;
    }
    const shares: number[] = [];
    for (const size of sizes) shares.push(await tryOut(load, size));
    const first = shares.findIndex(isStuck);
    const cells = sizes.map((size, index): MapCell => {
      const stuckShare = shares[index] ?? 0;
      if (isStuck(stuckShare)) return { size, region: 'metastable', stuckShare };
      return { size, region: first === -1 ? 'stable' : 'vulnerable', stuckShare };
    });
    const keepsDown = async (size: number) => isStuck(await tryOut(load, size));
    const border =
      first === -1
        ? undefined
        : await halved(sizes[first - 1], sizes[first] ?? 0, halvings, keepsDown);
    rows.push({ load, cells, border });
  }
  return { sizes, rows };
}

/** The share of runs that stay down; without a size, without triggers. */
function triesOf({ of, runs = 3, share = 0.9, sizes, within }: MapOptions) {
  countOption(owner, 'runs', runs, 1);
  numberOption(owner, 'share', share, 0, 1);
  const withinMs = within === undefined ? Infinity : durationOption(owner, 'within', within);
  return async (load: number, size: number | undefined): Promise<number> => {
    let stuck = 0;
    for (let seed = 1; seed <= runs; seed += 1) {
      const system = of(load, size ?? sizes[0] ?? 0);
      const triggers = system.triggers ?? [];
      const run = await simulate({ ...system, seed, ...(size === undefined && { triggers: [] }) });
      const backAfter = recoveryMs(run, { afterMs: endOf(triggers), share });
      if (backAfter === undefined || backAfter > withinMs) stuck += 1;
    }
    return stuck / runs;
  };
}

function isStuck(share: number): boolean {
  return share >= 0.5;
}

/** The smallest size known to keep it down, after so many halvings of the span above `up`. */
async function halved(
  up: number | undefined,
  down: number,
  halvings: number,
  keepsDown: (size: number) => Promise<boolean>,
): Promise<number> {
  if (up === undefined || halvings === 0) return down;
  const middle = (up + down) / 2;
  return (await keepsDown(middle))
    ? halved(up, middle, halvings - 1, keepsDown)
    : halved(middle, down, halvings - 1, keepsDown);
}

function ascending(option: string, numbers: readonly number[]): readonly number[] {
  if (!Array.isArray(numbers) || numbers.length === 0) {
    refuseOption(owner, option, 'a list of at least one number', numbers);
  }
  for (const [index, number] of numbers.entries()) {
    finiteOption(owner, `${option}[${index}]`, number);
  }
  return numbers.toSorted((one, other) => one - other);
}
