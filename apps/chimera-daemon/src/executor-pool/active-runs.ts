import { ChurnMap } from '@chimera/policy';
import type { Claim } from '@chimera/workflow-store';
import { Interruption } from './interruption.ts';

/** A phase that was ended before it was done. */
export interface CutRun {
  readonly workflowId: string;
  readonly definition: string;
  readonly phase: string;
  /** Of this attempt, until it was told to end. */
  readonly ranForMs: number;
}

export interface Run {
  readonly claim: Claim;
  /** Monotonic. */
  readonly startedAt: number;
  readonly controller: AbortController;
  /** Its end, once it has been started. */
  settled: Promise<void>;
  /** Nothing runs any more: it holds no slot. */
  isRecording: boolean;
}

/** The runs of a pool, the newest of each workflow, and how many slots they hold. */
export class ActiveRuns {
  readonly #runs = new ChurnMap<string, Run>();
  /** How many of them hold no slot. */
  #recording = 0;
  #peak = 0;

  /** Most slots at once. */
  get peak(): number {
    return this.#peak;
  }

  get slots(): number {
    return this.#runs.size - this.#recording;
  }

  get(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** By workflow. */
  get tokens(): ReadonlyMap<string, number> {
    return new Map([...this.#runs].map(([id, { claim }]) => [id, claim.token]));
  }

  /** In the place of the one before it: a phase may be claimed in the commit that records the last. */
  set(run: Run): void {
    const { id } = run.claim.record;
    if (this.#runs.get(id)?.isRecording === true) this.#recording -= 1;
    this.#runs.set(id, run);
    if (this.slots > this.#peak) this.#peak = this.slots;
  }

  /** Its slot is free from now on; false when it was already, or is another run's. */
  freeSlot(run: Run): boolean {
    if (run.isRecording || this.#runs.get(run.claim.record.id) !== run) return false;
    run.isRecording = true;
    this.#recording += 1;
    return true;
  }

  /** Unless another run has its place. */
  forget(run: Run): void {
    const { id } = run.claim.record;
    if (this.#runs.get(id) !== run) return;
    if (run.isRecording) this.#recording -= 1;
    this.#runs.delete(id);
  }

  /** Tells what runs, or some of it, to end; returns what had not been told so before. */
  cut(now: number, runs: Iterable<Run> = this.#runs.values()): readonly CutRun[] {
    const cut: CutRun[] = [];
    for (const { claim, controller, isRecording, startedAt } of runs) {
      if (isRecording || controller.signal.aborted) continue;
      const { definition, id, state } = claim.record;
      const ranForMs = Math.round(now - startedAt);
      cut.push({ workflowId: id, definition, phase: state.phase, ranForMs });
      controller.abort(new Interruption('shutdown'));
    }
    return cut;
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.settled));
  }
}
