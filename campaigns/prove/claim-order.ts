import type { StoredEvent } from '@chimera/workflow-store';

export interface Submission {
  readonly n: number;
  readonly priority: number;
  /** Wall clock; what is not given may run at once. */
  readonly runAt: number | undefined;
}

interface Waiting {
  readonly priority: number;
  queuedAt: number;
  /** Undefined while it cannot be claimed at all. */
  dueAt: number | undefined;
}

const minuteMs = 60_000;

/** The scheduler's score, said once more: ten a level, ageing up to its cap, promotion past it. */
function scoreOf({ priority, queuedAt }: Waiting, now: number): number {
  const waitMs = now - queuedAt;
  const ageing = Math.min(waitMs, 25 * minuteMs) / (5 * minuteMs);
  return 10 * priority + ageing + Math.max(0, waitMs - 25 * minuteMs) / (minuteMs / 2);
}

/** Each claim of a log with what is wrong with it, if anything is: somebody better could have been claimed. */
export function judgeClaims(
  events: readonly StoredEvent[],
  submissions: ReadonlyMap<string, Submission>,
): readonly { readonly workflowId: string; readonly message: string | undefined }[] {
  const all = new Map<string, Waiting>();
  const judged: { readonly workflowId: string; readonly message: string | undefined }[] = [];
  for (const { at, data, seq, type, workflowId } of events) {
    const { retryAt, status, until } = data as {
      readonly retryAt?: number;
      readonly status?: string;
      readonly until?: number;
    };
    const submission = submissions.get(workflowId);
    if (submission === undefined) continue;
    const { priority, runAt = at } = submission;
    const own = all.get(workflowId) ?? {
      priority,
      queuedAt: Math.max(at, runAt),
      dueAt: undefined,
    };
    all.set(workflowId, own);
    if (type === 'claimed') {
      const better = [...all].find(
        ([id, other]) =>
          id !== workflowId &&
          other.dueAt !== undefined &&
          other.dueAt <= at &&
          scoreOf(other, at) > scoreOf(own, at) + 1e-9,
      );
      judged.push({
        workflowId,
        message:
          better &&
          `event ${seq} claims it with a score of ${scoreOf(own, at)} while ${better[0]} waits with ${scoreOf(better[1], at)}`,
      });
    }
    if (type === 'requeued') own.queuedAt = at;
    if (status === 'queued') own.dueAt = type === 'submitted' ? Math.max(at, runAt) : at;
    else if (status === 'waiting') own.dueAt = retryAt ?? until ?? own.dueAt;
    else own.dueAt = undefined;
  }
  return judged;
}
