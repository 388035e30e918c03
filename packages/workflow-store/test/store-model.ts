import {
  initialState,
  transition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import type { Lease } from '../src/index.ts';
import { threePhases } from './three-phases.ts';

export interface ModelWorkflow {
  readonly id: string;
  readonly priority: number;
  readonly queuedAt: number;
  readonly runAt: number;
  readonly state: WorkflowState;
  readonly token: number;
  readonly lease?: Lease;
}

/** What the store must amount to: the pure machine, a map, and no tables. */
export class StoreModel {
  readonly workflows = new Map<string, ModelWorkflow>();
  /** Events that changed something, over all workflows. */
  stored = 0;

  submit(id: string, priority: number, at: number, runAt: number): void {
    const due = Math.max(at, runAt);
    const state = initialState(threePhases);
    this.workflows.set(id, { id, priority, queuedAt: due, runAt: due, state, token: 0 });
    this.stored += 1;
  }

  /** In the order in which the store must offer them. */
  claimable(at: number): readonly string[] {
    return [...this.workflows.values()]
      .filter(({ runAt, state: { status } }) => isQueuing(status) && runAt <= at)
      .sort(
        (left, right) =>
          right.priority - left.priority ||
          left.queuedAt - right.queuedAt ||
          (left.id < right.id ? -1 : 1),
      )
      .map(({ id }) => id);
  }

  claim(id: string, holder: string, at: number, expiresAt: number): number {
    const token = this.#known(id).token + 1;
    this.#advance(id, { type: 'claimed', at }, { holder, token, expiresAt });
    return token;
  }

  /** False when the token is stale. */
  apply(id: string, event: WorkflowEvent, token: number | undefined): boolean {
    const { lease, token: newest } = this.#known(id);
    if (token !== undefined && (lease === undefined || token !== newest)) return false;
    this.#advance(id, event);
    return true;
  }

  /** False when the lease is not the holder's. */
  renew(id: string, holder: string, token: number, expiresAt: number): boolean {
    const workflow = this.#known(id);
    const { lease } = workflow;
    if (lease?.holder !== holder || lease.token !== token) return false;
    this.workflows.set(id, { ...workflow, lease: { ...lease, expiresAt } });
    return true;
  }

  recover(deadHolder: string, at: number): readonly string[] {
    const taken = [...this.workflows.values()]
      .filter(
        ({ lease }) =>
          lease !== undefined && (lease.expiresAt <= at || lease.holder === deadHolder),
      )
      .map(({ id }) => id)
      .sort();
    for (const id of taken) this.#advance(id, { type: 'interrupted', at, cause: 'crash' });
    return taken;
  }

  #advance(id: string, event: WorkflowEvent, newLease?: Lease): void {
    const { lease: oldLease, ...workflow } = this.#known(id);
    const { commands, state } = transition(threePhases, workflow.state, event);
    if (commands.some(({ type }) => type === 'ignore')) return;
    const lease = state.status === 'running' ? (newLease ?? oldLease) : undefined;
    this.stored += 1;
    this.workflows.set(id, {
      ...workflow,
      state,
      runAt:
        state.status === 'waiting'
          ? state.until
          : state.status === 'queued'
            ? event.at
            : workflow.runAt,
      queuedAt: event.type === 'requeued' ? event.at : workflow.queuedAt,
      token: newLease?.token ?? workflow.token,
      ...(lease === undefined ? {} : { lease }),
    });
  }

  #known(id: string): ModelWorkflow {
    const workflow = this.workflows.get(id);
    if (workflow === undefined) throw new Error(`the model does not know ${id}`);
    return workflow;
  }
}

function isQueuing(status: WorkflowState['status']): boolean {
  return status === 'queued' || status === 'waiting';
}
