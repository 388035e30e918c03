import type { DeadLetterSelection, RedriveRequest, RedriveView } from '@chimera/client';
import {
  type DeadLetter,
  type DeadLetterQueue,
  redrive,
  type RedriveReport,
} from '@chimera/dead-letter-queue';
import type { Clock } from '@chimera/policy';
import type { ChimeraDatabase, WorkflowStore } from '@chimera/workflow-store';
import { defined } from '../defined.ts';
import { ApiError } from '../http/api-error.ts';
import { stillToPass } from './still-to-pass.ts';

export interface RedrivesDeps {
  readonly deadLetters: Pick<DeadLetterQueue<ChimeraDatabase>, 'get' | 'list' | 'returned'>;
  /** Puts one back into the queue, at the phase that failed. */
  readonly requeue: (id: string) => Promise<unknown>;
  readonly store: Pick<WorkflowStore, 'get'>;
  readonly clock: Clock;
}

const nothingYet: RedriveReport = {
  outcome: 'under-way',
  requeued: [],
  returned: [],
  underWay: [],
  skipped: [],
};

/** Refusals that concern one dead letter alone: the others go on. */
const skipCodes = ['ROW_CORRUPT', 'UNKNOWN_PHASE', 'WORKFLOW_NOT_DEAD', 'WORKFLOW_NOT_FOUND'];

/**
 * Runs many dead letters again, carefully, while the daemon does its work: one redrive at a time,
 * so that each can tell whose failures return. It ends with the daemon; what was queued stays so.
 */
export class Redrives {
  readonly #deps: RedrivesDeps;
  #latest: RedriveView | undefined = undefined;
  #stop = new AbortController();

  constructor(deps: RedrivesDeps) {
    this.#deps = deps;
  }

  /** The one that is under way, or ended last. */
  get latest(): RedriveView {
    if (this.#latest !== undefined) return this.#latest;
    throw new ApiError(404, 'NO_REDRIVE', 'there was no redrive since the daemon started');
  }

  async start(request: RedriveRequest): Promise<RedriveView> {
    const { all = false, observeMs, batchSize, settleWithinMs, tolerate, ...selection } = request;
    const filter = defined(selection);
    checkSelection(filter, all);
    this.#checkFree();
    const { items } = await this.#deps.deadLetters.list({ ...filter, status: 'open', limit: 1 });
    if (items.length === 0) throw nothingMatches(filter);
    // Another one may have begun meanwhile.
    this.#checkFree();
    const { clock, deadLetters, requeue, store } = this.#deps;
    const startedAt = clock.now();
    const told = (report: RedriveReport, error: string | null = null): RedriveView => ({
      startedAt,
      filter,
      ...report,
      skipped: [...report.skipped],
      error,
    });
    this.#stop = new AbortController();
    this.#latest = told(nothingYet);
    const requeued = new Map<string, DeadLetter>();
    const queue = {
      list: deadLetters.list.bind(deadLetters),
      returned: deadLetters.returned.bind(deadLetters),
      requeue: async (id: string): Promise<DeadLetter> => {
        await requeue(id);
        const letter = await deadLetters.get(id);
        requeued.set(id, letter);
        return letter;
      },
    };
    const options = {
      ...defined({ observe: observeMs, settleWithin: settleWithinMs, batchSize, tolerate }),
      skipCodes,
      signal: this.#stop.signal,
      underWay: (ids: readonly string[]) => stillToPass(ids, requeued, store),
      onStep: (report: RedriveReport) => (this.#latest = told(report)),
      onProgress: (report: RedriveReport) => (this.#latest = told(report)),
    };
    redrive(queue, filter, async () => {}, options, { clock }).then(
      (report) => {
        const first = requeued.get(report.underWay[0] ?? '')?.taskId;
        const isStalled = report.outcome === 'stalled' && first !== undefined;
        this.#latest = told(report, isStalled ? stalled(report.underWay.length, first) : null);
      },
      (error: unknown) => {
        const soFar = this.#latest ?? told(nothingYet);
        this.#latest = { ...soFar, outcome: 'failed', error: String(error) };
      },
    );
    return this.#latest;
  }

  #checkFree(): void {
    if (this.#latest?.outcome !== 'under-way') return;
    throw new ApiError(
      409,
      'REDRIVE_UNDER_WAY',
      'a redrive is under way; see: GET /api/dead-letters/redrive, or end it with POST /api/dead-letters/redrive/stop',
    );
  }

  /** Ends it before its next step. */
  stop(): void {
    this.#stop.abort();
  }
}

/** Everything is asked for by name: a filter that was forgotten must not run all there is. */
function checkSelection(filter: DeadLetterSelection, all: boolean): void {
  const isNamed = Object.keys(filter).length > 0;
  if (isNamed !== all) return;
  throw new ApiError(
    400,
    'INVALID_REQUEST',
    all
      ? 'all must be left out beside fingerprint, phase and agent, got true'
      : 'fingerprint, phase or agent must say which dead letters, or all must be true',
  );
}

function stalled(count: number, workflow: string): string {
  const whose =
    count === 1 ? '1 workflow of the last step has' : `${count} workflows of the last step have`;
  return `${whose} not run on in time, so nothing is known of the others; see: chimera show ${workflow}`;
}

function nothingMatches(filter: DeadLetterSelection): ApiError {
  const named = Object.entries(filter).map(([name, value]) => `${name} "${value}"`);
  const whose =
    named.length === 0
      ? 'there is no open dead letter'
      : `no open dead letter has ${named.join(' and ')}`;
  return new ApiError(404, 'NO_DEAD_LETTER_MATCHES', `${whose}; see: GET /api/dead-letters/groups`);
}
