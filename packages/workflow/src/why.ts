import type { DeathCause, WaitReason, WorkflowState } from './state.ts';

/** Why a workflow does not run right now. */
export interface Why {
  /** One sentence for a person. */
  readonly words: string;
  /** Wall-clock ms at which it can move by itself at the earliest; undefined when it never will, or runs. */
  readonly movesAt: number | undefined;
}

/** Says why a workflow stands where it stands, and from when on a free slot may take it. */
export function why(state: WorkflowState, now: number): Why {
  const phase = `phase "${state.phase}"`;
  switch (state.status) {
    case 'queued':
      return { words: `${phase} waits for a free slot (${state.reason})`, movesAt: now };
    case 'waiting':
      return state.until <= now
        ? { words: `${phase} is due and waits for a free slot`, movesAt: now }
        : {
            words: `${phase} ${inWords(state.reason)}${howLong(state.until - now)}`,
            movesAt: state.until === Number.MAX_SAFE_INTEGER ? undefined : state.until,
          };
    case 'running': {
      const cancel = state.cancelRequested ? ', being cancelled' : '';
      const over = state.timedOut === true ? ', being ended: its workflow has no time left' : '';
      return {
        words: `${phase} runs its attempt ${state.attempts}${cancel}${over}`,
        movesAt: undefined,
      };
    }
    case 'completed':
      return { words: `completed after ${phase}`, movesAt: undefined };
    case 'dead':
      return { words: `died in ${phase}: ${ofWhat(state.cause)}`, movesAt: undefined };
    case 'cancelled':
      return { words: `cancelled in ${phase}: ${state.reason}`, movesAt: undefined };
  }
}

function inWords(reason: WaitReason): string {
  switch (reason.kind) {
    case 'retry':
      return `is retried after ${reason.error.code}: ${reason.error.message}`;
    case 'breaker-open': {
      const { agent, lastError } = reason;
      const because = lastError === undefined ? '' : ` (it last failed with ${lastError})`;
      return `waits for the circuit of agent "${agent}" to let a probe through${because}`;
    }
    case 'limit':
      return `waits for room under the limit "${reason.limit}"`;
    case 'gate':
      return `waits for the gate "${reason.gate}" to open`;
    case 'children':
      return `waits for its children: ${reason.pending} pending, ${reason.done} completed, ${reason.failed} failed`;
  }
}

function ofWhat(cause: DeathCause): string {
  switch (cause.kind) {
    case 'failed':
      return `${cause.error.code}: ${cause.error.message}`;
    case 'rejected':
      return `rejected: ${cause.reason}`;
    case 'rework-exhausted':
      return `rejected, and no visits are left: ${cause.reason}`;
    case 'recoveries-exhausted':
      return `its holders crashed ${cause.recoveries} times`;
    case 'timed-out': {
      const last =
        cause.lastError === undefined
          ? ''
          : `; it last failed with ${ofWhat({ kind: 'failed', error: cause.lastError })}`;
      return `the workflow did not end within ${cause.timeoutMs} ms${last}`;
    }
  }
}

function howLong(ms: number): string {
  if (ms > Number.MAX_SAFE_INTEGER / 2) return '';
  return ms < 1_000 ? `; ${ms} ms left` : `; ${Math.ceil(ms / 1_000)} s left`;
}
