import type { Clock } from '@chimera/policy';
import type { StoreCommit, StoredEvent } from '@chimera/workflow-store';
import type { StoreNews } from './observed-store.ts';
import type { AgentCall } from './watched-agent.ts';

/** How long one change of a workflow took to be durable. Instants are wall-clock ms. */
export interface CommitWait {
  readonly type: StoredEvent['type'];
  /** When it was decided: the event's instant. Undefined for a submission, which gets its instant in the commit. */
  readonly at: number | undefined;
  readonly committedAt: number;
  /** Writes that shared the commit. */
  readonly operations: number;
  /** Of a submission: not to be started before. */
  readonly runAt?: number | undefined;
}

/** When an agent was asked, and answered. */
export interface CallTime {
  readonly token: number;
  readonly agent: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What the event log does not tell of a workflow. */
export interface WorkflowTimings {
  readonly commits: readonly CommitWait[];
  readonly calls: readonly CallTime[];
}

interface Kept {
  readonly commits: CommitWait[];
  readonly calls: CallTime[];
}

/** Workflows that moved last: about a kB each. */
const mostWorkflows = 1_000;
/** More than any workflow should have. */
const mostTimings = 2_000;

/** Keeps in memory, of the latest workflows, what would be too much to write to the disk for each. */
export class RecentTimings {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #byId = new Map<string, Kept>();
  /** What is told next was in this one: callers hear before the next commit begins. */
  #operations = 1;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  of(workflowId: string): WorkflowTimings | undefined {
    return this.#byId.get(workflowId);
  }

  committed({ operations }: StoreCommit): void {
    this.#operations = operations;
  }

  note(news: StoreNews): void {
    const committedAt = this.#clock.now();
    const operations = this.#operations;
    switch (news.type) {
      case 'submitted':
        for (const [index, { created, id }] of news.submitted.entries()) {
          const runAt = news.workflows[index]?.runAt;
          if (created)
            this.#commit(id, { type: 'submitted', at: undefined, committedAt, operations, runAt });
        }
        return;
      case 'claimed':
        for (const { record } of news.claims)
          this.#commit(record.id, {
            type: 'claimed',
            at: record.updatedAt,
            committedAt,
            operations,
          });
        return;
      case 'applied': {
        const { at, type } = news.request.event;
        if (news.applied !== undefined)
          this.#commit(news.request.workflowId, { type, at, committedAt, operations });
        return;
      }
      case 'moved':
      case 'refused':
        return;
      case 'recovered':
    }
  }

  agentCalled({ agent, durationMs, scope, startedAt }: AgentCall): void {
    const { calls } = this.#kept(scope.record.id);
    if (calls.length < mostTimings)
      calls.push({ token: scope.token, agent, startedAt, endedAt: startedAt + durationMs });
  }

  #commit(id: string, wait: CommitWait): void {
    const { commits } = this.#kept(id);
    if (commits.length < mostTimings) commits.push(wait);
  }

  #kept(id: string): Kept {
    let kept = this.#byId.get(id);
    if (kept === undefined) {
      kept = { commits: [], calls: [] };
      this.#byId.set(id, kept);
      if (this.#byId.size > mostWorkflows) {
        const [oldest = ''] = this.#byId.keys();
        this.#byId.delete(oldest);
      }
    }
    return kept;
  }
}
