/** What every candidate runs: a workflow of three phases, each recorded durably before the next. */
export interface EngineOptions {
  /** Empty, for its data. */
  readonly folder: string;
  /** Of its server; empty where there is none. */
  readonly address: string;
  /** Where the candidate's packages are; empty for our own. */
  readonly packages: string;
  /** Phases that run at the same time, at most. */
  readonly concurrency: number;
  /** False: workflows are accepted and kept, not run. */
  readonly works: boolean;
  /** The work itself. */
  readonly runPhase: (id: number, phase: number) => Promise<void>;
  /** The third phase is recorded. */
  readonly onDone: (id: number) => void;
}

export interface Engine {
  /** Resolves when the workflows would survive a crash. */
  readonly submit: (inputs: readonly Input[]) => Promise<void>;
  /** Asks the storage: how many workflows have finished, with all three phases recorded. */
  readonly finished: () => Promise<number>;
  /** How many it holds, in whatever state. */
  readonly accepted: () => Promise<number>;
  readonly close: () => Promise<void>;
  /** Changes how many phases run at the same time, where that can be done. */
  readonly resize?: (slots: number) => void;
  /** Takes the {@link claimed} most urgent workflows, to run none of them. */
  readonly claim?: () => Promise<void>;
}

export type StartEngine = (options: EngineOptions) => Promise<Engine>;

export interface Input {
  readonly id: number;
  readonly filler: string;
}

const filler = 'x'.repeat(480);

/** About 500 bytes of JSON. */
export function inputOf(id: number): Input {
  return { id, filler };
}

export const phases = [1, 2, 3] as const;

/** Workflows in a claim whose duration is measured. */
export const claimed = 10;
