import type { Clock, Timer } from '@chimera/policy';
import type { Candidate, Claim, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { ActiveRuns, type CutRun, type Run } from './active-runs.ts';
import { ClockKeeper } from './clock-keeper.ts';
import { DeadlineKeeper } from './deadline-keeper.ts';
import type { Recording } from './recording.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Interruption } from './interruption.ts';
import { SlotClaims } from './slot-claims.ts';

export interface ExecutorPoolOptions {
  /** Slots at start. */
  readonly size: number;
  /** This daemon's instance: whose leases these are. */
  readonly holder: string;
  readonly leaseMs: number;
}

export interface ExecutorPoolDeps {
  readonly store: WorkflowStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Degradation's floor: lower priorities are not claimed. */
  readonly minPriority: () => number;
  /** The scheduler's order: ids, best first. */
  readonly choose: (candidates: readonly Candidate[]) => readonly string[];
  /**
   * Runs one claimed phase to its recorded end, and no longer than until `controller` aborts, which a
   * timeout of its own does, too. Begins `recording` when its agent is done and its
   * outcome is being written: its slot is claimed for in the same commit. Resolves when all is over.
   */
  readonly runPhase: (
    claim: Claim,
    controller: AbortController,
    recording: Recording,
  ) => Promise<void>;
  /** Parent and children that moved along with a workflow whose time was over, or after a crash. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

export interface StopReport {
  /** Phases that ended by themselves in time. */
  readonly finished: number;
  /** Those that were ended at the deadline: their workflows went back to the queue. */
  readonly cut: readonly CutRun[];
}

/**
 * Runs claimed workflow phases in a number of slots that can change while they run. A smaller
 * size takes effect as phases end; nothing is killed for it. Work that waits holds no slot.
 */
export class ExecutorPool {
  readonly #options: ExecutorPoolOptions;
  readonly #deps: ExecutorPoolDeps;
  readonly #runs = new ActiveRuns();
  /** Of a stop: what has ended and cannot be recorded by then is given up. */
  readonly #deadline = new AbortController();
  readonly #claims: SlotClaims;
  readonly #leases: LeaseKeeper;
  readonly #deadlines: DeadlineKeeper;
  readonly #clock: ClockKeeper;
  #target: number;
  #state: 'idle' | 'open' | 'stopping' = 'idle';
  #isPaused = false;
  /** Of a stop. */
  #timer: Timer | undefined;
  #stopped: Promise<StopReport> | undefined;
  /** Monotonic: when a stop cuts what still runs. */
  #stopsAt = Infinity;
  readonly #cut: CutRun[] = [];
  /** Of each claim under way: whom it may have claimed already, and who is to end before it runs here. */
  #claiming: readonly Map<string, Interruption['kind']>[] = [];

  constructor(options: ExecutorPoolOptions, deps: ExecutorPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#target = options.size;
    this.#claims = new SlotClaims({
      clock: deps.clock,
      slots: () => ({ target: this.#target, running: this.running }),
      mayClaim: () => this.#mayClaim,
      claim: (limit) => this.#claim(limit),
      nextDueAt: () => deps.store.nextDueAt(),
      onError: (error) =>
        deps.log.error({ err: error, component: 'executor-pool' }, 'the queue could not be read'),
    });
    this.#deadlines = new DeadlineKeeper({
      ...deps,
      endPhase: (id) => void this.#end(id, 'timed-out'),
    });
    this.#clock = new ClockKeeper({ ...deps, onWoken: () => this.wake() });
    this.#leases = new LeaseKeeper(
      { holder: options.holder, leaseMs: options.leaseMs },
      {
        ...deps,
        onRecovered: () => this.wake(),
        held: () => this.#runs.tokens,
        onLost: (id) => this.#lose(id),
      },
    );
  }

  /** Slots wanted. While a smaller target takes effect, `running` can be above it. */
  get target(): number {
    return this.#target;
  }

  get running(): number {
    return this.#runs.slots;
  }

  /** Most that ran at once since the start. */
  get peak(): number {
    return this.#runs.peak;
  }

  get isStopping(): boolean {
    return this.#state === 'stopping';
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Until a stop under way cuts what still runs; undefined while there is none. */
  get stopsInMs(): number | undefined {
    if (this.#state !== 'stopping') return undefined;
    return Math.max(0, this.#stopsAt - this.#deps.clock.monotonic());
  }

  start(): void {
    this.#state = 'open';
    this.#leases.start();
    this.#deadlines.start();
    this.#clock.start();
    this.wake();
  }

  resize(slots: number): void {
    this.#target = slots;
    this.wake();
  }

  /** Work may have arrived: look at the queue now. */
  wake(): void {
    this.#claims.wake();
  }

  /** Ends a running phase; its process group is gone when its outcome is recorded. False when it does not run here. */
  cancel(workflowId: string): boolean {
    return this.#end(workflowId, 'cancelled');
  }

  /** Claims nothing until `resume`; what runs goes on. Resolves when nothing starts any more. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#claims.rest();
  }

  resume(): void {
    this.#isPaused = false;
    this.wake();
  }

  /**
   * Stops claiming, lets running phases finish for `graceMs`, then ends them and returns their
   * workflows to the queue. Asked again, it can only become shorter.
   */
  stop(graceMs: number): Promise<StopReport> {
    this.#state = 'stopping';
    const { clock } = this.#deps;
    this.#stopsAt = Math.min(this.#stopsAt, clock.monotonic() + graceMs);
    if (this.#stopped !== undefined) this.#cutInTime();
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<StopReport> {
    // A claim under way may still start phases.
    await this.#claims.rest();
    const running = this.running;
    this.#cutInTime();
    await this.#runs.settled();
    this.#timer?.cancel();
    this.#leases.stop();
    this.#deadlines.stop();
    this.#clock.stop();
    return { finished: running - this.#cut.length, cut: this.#cut };
  }

  #cutInTime(): void {
    const { clock } = this.#deps;
    this.#timer?.cancel();
    this.#timer = clock.setTimer(
      () => this.#cutAll(),
      Math.max(0, this.#stopsAt - clock.monotonic()),
    );
  }

  #cutAll(): void {
    this.#deadline.abort(new Interruption('shutdown'));
    this.#cutRuns();
  }

  #cutRuns(runs?: readonly Run[]): void {
    this.#cut.push(...this.#runs.cut(this.#deps.clock.monotonic(), runs));
  }

  get #mayClaim(): boolean {
    return this.#state === 'open' && !this.#isPaused;
  }

  async #claim(limit: number): Promise<number> {
    const { choose, minPriority, store } = this.#deps;
    const { holder, leaseMs } = this.#options;
    const ended = new Map<string, Interruption['kind']>();
    this.#claiming = [...this.#claiming, ended];
    try {
      const claims = await store.claim({
        holder,
        leaseMs,
        limit,
        minPriority: minPriority(),
        // Not even what a claim that was under way would have started.
        choose: (candidates) => (this.#mayClaim ? choose(candidates) : []),
      });
      for (const claim of claims) this.#run(claim, ended.get(claim.record.id));
      return claims.length;
    } finally {
      this.#claiming = this.#claiming.filter((other) => other !== ended);
    }
  }

  /** Where it runs, or as soon as it would: a claim of several transactions has some before it returns. */
  #end(workflowId: string, kind: 'cancelled' | 'timed-out'): boolean {
    const run = this.#runs.get(workflowId);
    run?.controller.abort(new Interruption(kind));
    for (const ended of this.#claiming) ended.set(workflowId, kind);
    return run !== undefined;
  }

  #run(claim: Claim, endedAs: Interruption['kind'] | undefined): void {
    const controller = new AbortController();
    if (endedAs !== undefined) controller.abort(new Interruption(endedAs));
    const startedAt = this.#deps.clock.monotonic();
    const settled = Promise.resolve();
    const run: Run = { claim, startedAt, controller, settled, isRecording: false };
    this.#runs.set(run);
    run.settled = this.#toItsEnd(run);
  }

  async #toItsEnd(run: Run): Promise<void> {
    const { claim, controller } = run;
    // All of a claim hold their slots before the first of them does anything.
    await run.settled;
    const begin = () => {
      if (this.#runs.freeSlot(run)) this.wake();
    };
    const terminated = () => {
      if (this.isStopping) this.#cutRuns([run]);
    };
    const recording = { begin, deadline: this.#deadline.signal, terminated };
    try {
      await this.#deps.runPhase(claim, controller, recording);
    } catch (error) {
      this.#deps.log.error(
        { err: error, component: 'executor-pool', task_id: claim.record.id },
        'a phase ended without a recorded outcome; its lease will expire and it runs again',
      );
    }
    this.#runs.forget(run);
    this.wake();
  }

  #lose(id: string): void {
    const run = this.#runs.get(id);
    // What is being recorded hears of it from the store, if it is not recorded already.
    if (run === undefined || run.isRecording) return;
    this.#deps.log.warn(
      { component: 'executor-pool', task_id: id, workflow_phase: run.claim.record.state.phase },
      'its lease expired and was taken from it; it is ended here, and nothing of it is recorded',
    );
    run.controller.abort(new Interruption('lease-lost'));
  }
}
