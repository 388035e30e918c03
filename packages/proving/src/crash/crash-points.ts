import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@chimera/policy';
import { sharedDisk, withoutDisk } from './build-disk.ts';
import { allSurvivors, CachedDisk } from './cached-disk.ts';
import { checkPlan, type CrashPlan } from './crash-plan.ts';
import { type CrashFault, type CrashPoint, CrashPointError } from './crash-point.ts';
import { DiskControl, type Fault } from './disk-control.ts';
import { diskEnvironment, filesOf } from './disk-environment.ts';
import { type DiskOperation, readDiskJournal } from './disk-journal.ts';
import { readImage, writeImage } from './folder-image.ts';
import { type ProcessEnd, runProcess, wholeLines } from './run-process.ts';

export interface CrashReport {
  /** Of the reference run, on the files of its folder. */
  readonly operations: number;
  /** Lines that the reference run acknowledged. */
  readonly acknowledged: number;
  /** How many points were tried, by fault. */
  readonly points: Readonly<Partial<Record<CrashFault, number>>>;
}

const diskFaults: Readonly<Record<Exclude<CrashFault, 'power-cut'>, Fault>> = {
  kill: 'kill',
  'torn-write': 'kill',
  'disk-full': 'full',
  'write-error': 'write-fails',
  'sync-error': 'sync-fails',
  'read-only': 'read-only',
};

/**
 * Runs a program once, counts what it does to the files of its folder, and then again for each of
 * these operations: killed there, with its power cut there, or on a disk that fails from there on.
 * Each time it is started again on what is left, and `check` says whether that is right.
 *
 * @throws CrashPointError for the first point after which it is not
 * @throws Error where there is no C compiler, when the reference run fails, and when it changes no file
 */
export async function crashPoints(plan: CrashPlan): Promise<CrashReport> {
  const { atMost, faults, seed } = checkPlan(plan);
  const library = sharedDisk();
  if (library === undefined) throw new Error(`crash-points: ${withoutDisk}`);
  const scratch = realpathSync(mkdtempSync(join(plan.scratch ?? tmpdir(), 'crash-points-')));
  const runs = new CrashRuns(plan, scratch, library);
  const reference = await runs.record();
  const points: Partial<Record<CrashFault, number>> = {};
  const random = seededRandom(seed);
  const wanted =
    plan.only === undefined
      ? faults.flatMap((fault) =>
          drawn(operationsFor(fault, reference), atMost, random).map((operation): CrashPoint => ({
            fault,
            operation,
            seed: Math.floor(random() * 2 ** 32),
          })),
        )
      : [plan.only];
  for (const point of wanted) {
    points[point.fault] = (points[point.fault] ?? 0) + 1;
    await runs.try(point, reference);
  }
  rmSync(scratch, { recursive: true });
  const acknowledged = reference.lines.length;
  return { operations: reference.changes.length, acknowledged, points };
}

interface Reference {
  /** All that was done, with what was said. */
  readonly journal: readonly DiskOperation[];
  /** Of these, what can fail. */
  readonly changes: readonly DiskOperation[];
  readonly before: ReadonlyMap<string, Buffer>;
  readonly lines: readonly string[];
}

class CrashRuns {
  readonly #plan: CrashPlan;
  readonly #scratch: string;
  readonly #library: string;
  #made = 0;

  constructor(plan: CrashPlan, scratch: string, library: string) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#library = library;
  }

  /** The run in which nothing goes wrong. */
  async record(): Promise<Reference> {
    const directory = await this.#folder();
    const before = readImage(directory);
    const journalPath = join(this.#scratch, 'journal');
    const disk = { library: this.#library, files: filesOf(directory), journal: journalPath };
    const end = await this.#run(this.#plan.run, directory, diskEnvironment(disk));
    if (end.code !== 0) throw new Error(`crash-points: the run without a fault ${ended(end)}`);
    const journal = readDiskJournal(readFileSync(journalPath));
    const changes = journal.filter(({ kind }) => kind !== 'output');
    if (changes.length === 0)
      throw new Error(
        'crash-points: the run changed no file of its folder; write below the working directory, or process.env.CRASH_DIRECTORY',
      );
    rmSync(directory, { recursive: true });
    return { journal, changes, before, lines: end.lines };
  }

  /** One point: the crash, the restart and the check. */
  async try(point: CrashPoint, reference: Reference): Promise<void> {
    const directory = await this.#folder();
    const said: string[] = [];
    try {
      said.push(
        ...(point.fault === 'power-cut'
          ? leaveAfterCut(directory, point, reference)
          : await this.#crash(directory, point)),
      );
      const { check, restart = this.#plan.run } = this.#plan;
      if (restart !== false) {
        const end = await this.#run(restart, directory, {});
        if (end.code !== 0) throw new Error(`the restart ${ended(end)}`);
        said.push(...end.lines);
      }
      await check(directory, said, point);
    } catch (error) {
      const operation = described(reference.changes[point.operation - 1]);
      throw new CrashPointError(point, said, directory, operation, error);
    }
    rmSync(directory, { recursive: true });
  }

  /** Runs on a disk that kills or fails at the point; returns what was acknowledged. */
  async #crash(
    directory: string,
    { fault, operation, seed }: CrashPoint & { readonly fault: CrashFault },
  ): Promise<readonly string[]> {
    if (fault === 'power-cut') return [];
    const control = new DiskControl(join(this.#scratch, 'control'));
    const percent = fault === 'torn-write' ? 1 + (seed % 99) : 0;
    control.set(diskFaults[fault], { after: operation - 1, percent, tearsAnywhere: true });
    const disk = { library: this.#library, files: filesOf(directory), control: control.path };
    try {
      const end = await this.#run(this.#plan.run, directory, diskEnvironment(disk));
      return end.lines;
    } finally {
      control.close();
    }
  }

  #run(
    command: readonly [string, ...(readonly string[])],
    directory: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ProcessEnd> {
    const { timeoutMs } = checkPlan(this.#plan);
    return runProcess(command, { directory, timeoutMs, env: { ...this.#plan.env, ...env } });
  }

  async #folder(): Promise<string> {
    const directory = join(this.#scratch, `run-${this.#made++}`);
    mkdirSync(directory);
    await this.#plan.prepare?.(directory);
    return directory;
  }
}

/** Fills the folder with what a power cut in the middle of an operation leaves; returns what was said before. */
function leaveAfterCut(
  directory: string,
  { operation, seed }: CrashPoint,
  { before, changes, journal }: Reference,
): readonly string[] {
  const random = seededRandom(seed);
  const disk = new CachedDisk(before);
  const underWay = changes[operation - 1];
  let said = '';
  for (const done of journal) {
    if (done === underWay) break;
    if (done.kind === 'output') said += done.text;
    disk.apply(done);
  }
  const survivors = allSurvivors[Math.floor(random() * allSurvivors.length)] ?? 'none';
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  writeImage(directory, disk.cut(survivors, random, underWay));
  return wholeLines(said);
}

/** The operations in which a fault makes a difference of its own, from 1. */
function operationsFor(fault: CrashFault, { changes }: Reference): readonly number[] {
  const all = changes.map(({ kind }, index) => ({ kind, operation: index + 1 }));
  const those = {
    kill: all,
    'power-cut': all,
    'read-only': all.filter(({ kind }) => kind !== 'sync'),
    'torn-write': all.filter(({ kind }) => kind === 'write'),
    'disk-full': all.filter(({ kind }) => kind === 'write'),
    'write-error': all.filter(({ kind }) => kind === 'write' || kind === 'truncate'),
    'sync-error': all.filter(({ kind }) => kind === 'sync' || kind === 'sync-names'),
  }[fault];
  // The disk counts the operations that its fault is for, and a kill counts them all.
  return fault === 'kill' || fault === 'torn-write' || fault === 'power-cut'
    ? those.map(({ operation }) => operation)
    : those.map((_, index) => index + 1);
}

/** So many of them, each at most once, in their order. */
function drawn(all: readonly number[], atMost: number, random: () => number): readonly number[] {
  if (all.length <= atMost) return all;
  return all
    .map((operation) => ({ operation, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, atMost)
    .map(({ operation }) => operation)
    .sort((one, other) => one - other);
}

function described(operation: DiskOperation | undefined): string {
  if (operation === undefined) return 'after the last of the reference run';
  const { kind, name } = operation;
  if (kind === 'write') return `write of ${operation.data.length} bytes to ${name}`;
  return kind === 'rename' ? `rename of ${name} to ${operation.to}` : `${kind} of ${name || '.'}`;
}

function ended({ code, complaint, signal }: ProcessEnd): string {
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
  return complaint === '' ? how : `${how}: ${complaint}`;
}
