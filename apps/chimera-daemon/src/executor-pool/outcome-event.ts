import type { AgentResult } from '@chimera/agents';
import type { ParkReason, WorkflowEvent } from '@chimera/workflow';
import type { Interruption } from './interruption.ts';
import { wasTerminated } from './was-terminated.ts';

export interface AttemptEnd {
  readonly result: AgentResult;
  readonly at: number;
  /** Why it was ended from outside, if it was. */
  readonly interruption: Interruption['kind'] | undefined;
  /** The agent's breaker was only probing, and the probe failed: it asks to be left alone until then. */
  readonly failedProbe: { readonly until: number; readonly reason: ParkReason } | undefined;
  /** The agent's provider limits the rate: all its work waits until then. */
  readonly closedGate: { readonly until: number; readonly reason: ParkReason } | undefined;
  /** When the retry policy wants another attempt; undefined when it does not. */
  readonly retryAt: number | undefined;
}

/**
 * Who failed as a probe is due so much after those that wait for the same instant: they probe first,
 * and one whose own input makes the agent fail holds up nobody.
 */
const behindOthersMs = 1_000;

/** What an attempt's end means for its workflow; undefined when it is not ours to say. */
export function outcomeEvent(end: AttemptEnd): WorkflowEvent | undefined {
  const { at, closedGate, failedProbe, interruption, result, retryAt } = end;
  if (interruption === 'lease-lost') return undefined;
  // Not even a check's verdict: it says nothing about the work.
  if (interruption === 'shutdown' && wasTerminated(result))
    return { type: 'interrupted', at, cause: 'shutdown' };
  switch (result.outcome) {
    case 'succeeded':
      return { type: 'phase-succeeded', at, output: result.output };
    case 'rejected':
      return { type: 'phase-rejected', at, reason: result.reason, output: result.output };
    case 'failed':
      if (interruption === 'shutdown') return { type: 'interrupted', at, cause: 'shutdown' };
      if (closedGate !== undefined && interruption === undefined)
        return { type: 'parked', at, ...closedGate };
      // An agent's outage costs a workflow no more than what opened the breaker.
      if (failedProbe !== undefined && interruption === undefined && result.error.retryable) {
        const { reason, until } = failedProbe;
        return { type: 'parked', at, until: until + behindOthersMs, reason };
      }
      return { type: 'phase-failed', at, error: result.error, retryAt };
  }
}
