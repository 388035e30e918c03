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

/** Of a commit: the events in it are those after the first number, up to the second; its time; its writes. */
const numbersOfCommit = 4;
/** Of a call: its token, its start, its end. */
const numbersOfCall = 3;

/**
 * Keeps in memory what would be too much to write to the disk: when the latest commits were, and
 * the latest calls of agents. Numbers in rings, looked up when somebody asks: to note one makes no
 * object, touches one place, and what a commit has in common is noted once for all that shared it.
 */
export class RecentTimings {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #commitNumbers = new Float64Array(mostCommits * numbersOfCommit);
  #commits = 0;
  readonly #workflows: string[] = [];
  readonly #agents: string[] = [];
  readonly #callNumbers = new Float64Array(mostCalls * numbersOfCall);
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
    const numbers = this.#commitNumbers;
    let low = Math.max(0, this.#commits - mostCommits);
    let high = this.#commits;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((numbers[(middle % mostCommits) * numbersOfCommit + 1] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const at = (low % mostCommits) * numbersOfCommit;
    if (low === this.#commits || (numbers[at] ?? 0) >= seq) return undefined;
    return { committedAt: numbers[at + 2] ?? 0, operations: numbers[at + 3] ?? 0 };
  }

  committed({ eventsAfter, lastEvent, operations }: StoreCommit): void {
    if (lastEvent === eventsAfter) return;
    const numbers = this.#commitNumbers;
    const at = (this.#commits % mostCommits) * numbersOfCommit;
    numbers[at] = eventsAfter;
    numbers[at + 1] = lastEvent;
    numbers[at + 2] = this.#clock.now();
    numbers[at + 3] = operations;
    this.#commits += 1;
  }

  agentCalled({ agent, claim, durationMs, startedAt }: AgentCall): void {
    const call = this.#calls % mostCalls;
    const numbers = this.#callNumbers;
    this.#workflows[call] = claim.record.id;
    this.#agents[call] = agent;
    const at = call * numbersOfCall;
    numbers[at] = claim.token;
    numbers[at + 1] = startedAt;
    numbers[at + 2] = startedAt + durationMs;
    this.#calls += 1;
  }

  /** Oldest first. */
  #callsOf(workflowId: string): readonly CallTime[] {
    const calls: CallTime[] = [];
    const numbers = this.#callNumbers;
    for (let call = Math.max(0, this.#calls - mostCalls); call < this.#calls; call += 1) {
      const place = call % mostCalls;
      if (this.#workflows[place] !== workflowId) continue;
      const at = place * numbersOfCall;
      calls.push({
        token: numbers[at] ?? 0,
        agent: this.#agents[place] ?? '',
        startedAt: numbers[at + 1] ?? 0,
        endedAt: numbers[at + 2] ?? 0,
      });
    }
    return calls;
  }
}
