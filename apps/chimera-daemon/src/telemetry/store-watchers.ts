import type {
  Applied,
  ApplyRequest,
  Claim,
  NewWorkflow,
  StoreWatch,
  Submitted,
  WorkflowRecord,
} from '@chimera/workflow-store';

/** Passes on to each of its watches, in their order, what the store tells the one that it has. */
export class StoreWatchers implements StoreWatch {
  #watches: readonly StoreWatch[] = [];

  add(watch: StoreWatch): void {
    this.#watches = [...this.#watches, watch];
  }

  readonly submitted = (
    workflows: readonly NewWorkflow[],
    submitted: readonly Submitted[],
  ): void => {
    for (const watch of this.#watches) watch.submitted?.(workflows, submitted);
  };

  readonly claimed = (claims: readonly Claim[]): void => {
    for (const watch of this.#watches) watch.claimed?.(claims);
  };

  readonly applied = (request: ApplyRequest, applied: Applied | undefined): void => {
    for (const watch of this.#watches) watch.applied?.(request, applied);
  };

  readonly recovered = (recovered: readonly Applied[]): void => {
    for (const watch of this.#watches) watch.recovered?.(recovered);
  };

  readonly stopped = (records: readonly WorkflowRecord[]): void => {
    for (const watch of this.#watches) watch.stopped?.(records);
  };

  readonly refused = (error: unknown): void => {
    for (const watch of this.#watches) watch.refused?.(error);
  };
}
