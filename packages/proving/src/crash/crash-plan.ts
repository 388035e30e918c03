import { choiceOption, integerOption, refuseOption } from '@chimera/policy';
import { type CrashFault, crashFaults, type CrashPoint } from './crash-point.ts';

/** What is run, where it is made to crash, and what must hold afterwards. */
export interface CrashPlan {
  /**
   * The program and its words. It works in a folder that is its working directory and the
   * environment's `CRASH_DIRECTORY`, and acknowledges what it promises to keep by a line on its
   * standard output.
   */
  readonly run: readonly [program: string, ...words: readonly string[]];
  /** What is run after the crash, on a disk that is well; it must end with 0. Default: `run`. `false`: nothing. */
  readonly restart?: readonly [program: string, ...words: readonly string[]] | false;
  /** Fills the folder before each run. What it leaves is safe. */
  readonly prepare?: (directory: string) => void | Promise<void>;
  /**
   * Throws when what is left is not right. `acknowledged` are all lines of the run that crashed,
   * and of the restart.
   */
  readonly check: (
    directory: string,
    acknowledged: readonly string[],
    point: CrashPoint,
  ) => void | Promise<void>;
  /** Default: kill, torn-write and power-cut. */
  readonly faults?: readonly CrashFault[];
  /** Most points for each fault; of more, as many are drawn. Default: all of them. */
  readonly atMost?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Of a failure: that point alone. */
  readonly only?: CrashPoint;
  /** Longest run, in ms. Default 60 000. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its folders are made. Default: where the system has its temporary files. */
  readonly scratch?: string;
}

export interface CheckedPlan {
  readonly faults: readonly CrashFault[];
  readonly atMost: number;
  readonly seed: number;
  readonly timeoutMs: number;
}

const owner = 'crash-points';

/** @throws RangeError when an option is none */
export function checkPlan({
  atMost = Infinity,
  faults = ['kill', 'torn-write', 'power-cut'],
  run,
  seed = 1,
  timeoutMs = 60_000,
}: CrashPlan): CheckedPlan {
  if (!Array.isArray(run) || run.length === 0)
    refuseOption(owner, 'run', 'a program and its words', run);
  for (const [index, fault] of faults.entries())
    choiceOption(owner, `faults[${index}]`, fault, crashFaults);
  integerOption(owner, 'atMost', atMost, 1);
  integerOption(owner, 'seed', seed, 0, 2 ** 32 - 1);
  integerOption(owner, 'timeoutMs', timeoutMs, 1);
  return { faults, atMost, seed, timeoutMs };
}
