import type { Clock } from '@chimera/policy';
import type { StoreCommit } from '@chimera/workflow-store';
import type { AgentCall } from '../executor-pool/agent-call.ts';

/** A transaction that made events durable. */
export interface CommitTime {
  /** Wall-clock ms. */
  readonly committedAt: number;
  /** Writes that shared it. */
  readonly operations: number;
}

/** When an agent was asked, and answered, in wall-clock ms. */
export interface CallTime {
  readonly token: number;
  readonly agent: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What the event log does not tell of a workflow. */
export interface WorkflowTimings {
  /** What made an event durable, by its `seq`; undefined when that is not remembered. */
  readonly commitOf: (seq: number) => CommitTime | undefined;
  readonly calls: readonly CallTime[];
}

/** A commit holds one change of a quiet daemon, and up to 128 of a busy one. */
const mostCommits = 16_384;
const mostCalls = 8_192;

/**
 * Keeps in memory what would be too much to write to the disk: when the latest commits were, and
 * the latest calls of agents. Numbers in rings, looked up when somebody asks: to note one makes no
 * object, and what a commit has in common is noted once for all that shared it.
 */
export class RecentTimings {
  readonly #clock: Pick<Clock, 'now'>;
  // The events of a commit are those after the first number, up to the second.
  readonly #after = new Float64Array(mostCommits);
  readonly #last = new Float64Array(mostCommits);
  readonly #committedAt = new Float64Array(mostCommits);
  readonly #operations = new Float64Array(mostCommits);
  #commits = 0;
  readonly #workflows: string[] = [];
  readonly #agents: string[] = [];
  readonly #tokens = new Float64Array(mostCalls);
  readonly #startedAt = new Float64Array(mostCalls);
  readonly #endedAt = new Float64Array(mostCalls);
  #calls = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  of(workflowId: string): WorkflowTimings {
    return { commitOf: (seq) => this.commitOf(seq), calls: this.#callsOf(workflowId) };
  }

  /** The commit that an event was in. */
  commitOf(seq: number): CommitTime | undefined {
    // Later commits have higher numbers: the first one that reaches as far.
    let low = Math.max(0, this.#commits - mostCommits);
    let high = this.#commits;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#last[middle % mostCommits] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const at = low % mostCommits;
    if (low === this.#commits || (this.#after[at] ?? 0) >= seq) return undefined;
    return { committedAt: this.#committedAt[at] ?? 0, operations: this.#operations[at] ?? 0 };
  }

  committed({ eventsAfter, lastEvent, operations }: StoreCommit): void {
    if (lastEvent === eventsAfter) return;
    const at = this.#commits % mostCommits;
    this.#after[at] = eventsAfter;
    this.#last[at] = lastEvent;
    this.#committedAt[at] = this.#clock.now();
    this.#operations[at] = operations;
    this.#commits += 1;
  }

  agentCalled({ agent, claim, durationMs, startedAt }: AgentCall): void {
    const at = this.#calls % mostCalls;
    this.#workflows[at] = claim.record.id;
    this.#agents[at] = agent;
    this.#tokens[at] = claim.token;
    this.#startedAt[at] = startedAt;
    this.#endedAt[at] = startedAt + durationMs;
    this.#calls += 1;
  }

  /** Oldest first. */
  #callsOf(workflowId: string): readonly CallTime[] {
    const calls: CallTime[] = [];
    for (let call = Math.max(0, this.#calls - mostCalls); call < this.#calls; call += 1) {
      const at = call % mostCalls;
      if (this.#workflows[at] !== workflowId) continue;
      calls.push({
        token: this.#tokens[at] ?? 0,
        agent: this.#agents[at] ?? '',
        startedAt: this.#startedAt[at] ?? 0,
        endedAt: this.#endedAt[at] ?? 0,
      });
    }
    return calls;
  }
}
