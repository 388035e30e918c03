import type { DecisionView } from '@chimera/client';
import { type Listener, Listeners } from '@chimera/policy';
import type { StoredDecision, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { decisionSubject } from './decision-subject.ts';

const components = {
  autoscaler: 'autoscaler',
  degradation: 'degradation',
  breaker: 'circuit-breaker',
} as const;

/** Something is given up: an operator may want to know why. */
const losses: ReadonlySet<string | number> = new Set(['degraded', 'survival', 'open']);

/** A decision before the log has judged how grave it is. */
export type Decided<View extends DecisionView = DecisionView> = View extends DecisionView
  ? Omit<View, 'level'>
  : never;

export interface DecisionLogDeps {
  readonly store: Pick<WorkflowStore, 'addDecision' | 'decisions'>;
  readonly log: Logger;
}

/** What the daemon decided by itself: each is a line, an entry of the store, and an event. */
export class DecisionLog {
  readonly #deps: DecisionLogDeps;
  readonly #listeners = new Listeners<DecisionView>();
  /** Of the latest decision: what was taken can be read, though commits take a moment. */
  #kept: Promise<void> = Promise.resolve();

  constructor(deps: DecisionLogDeps) {
    this.#deps = deps;
  }

  /** Hears every decision when it is taken; the place to count them. Returns the function that unsubscribes. */
  subscribe(listener: Listener<DecisionView>): () => void {
    return this.#listeners.subscribe(listener);
  }

  add(decided: Decided): void {
    const isChange = decided.from !== decided.to;
    const isLoss = losses.has(decided.to) && decided.from !== 'survival';
    const decision = { ...decided, level: isLoss ? 'warn' : 'info' } as DecisionView;
    const { kind, level, reason, ...fields } = decision;
    // What changed nothing is for those who ask.
    this.#deps.log[isChange ? level : 'debug'](
      { component: components[kind], ...fields },
      `${decisionSubject(decision)}: ${reason}`,
    );
    this.#listeners.emit(decision);
    this.#kept = this.#keep(decision, isChange);
  }

  /** Newest first. */
  async latest(query: {
    readonly limit: number;
    readonly kind?: DecisionView['kind'] | undefined;
    /** Only what changed something. */
    readonly changes?: boolean | undefined;
  }): Promise<readonly DecisionView[]> {
    const { changes = false, kind, limit } = query;
    await this.#kept;
    const found = await this.#deps.store.decisions({
      limit,
      ...(kind === undefined ? {} : { kind }),
      ...(changes ? { isChange: true } : {}),
    });
    return found.map(viewOf);
  }

  async #keep({ at, kind, ...data }: DecisionView, isChange: boolean): Promise<void> {
    try {
      await this.#deps.store.addDecision({ at, kind, isChange, data });
    } catch (error) {
      this.#deps.log.error(
        { err: error, component: components[kind] },
        'a decision was taken but not kept; the line before this one tells it',
      );
    }
  }
}

/** Only `add` writes such rows. */
function viewOf({ at, data, kind }: StoredDecision): DecisionView {
  return { kind, at, ...data } as unknown as DecisionView;
}
