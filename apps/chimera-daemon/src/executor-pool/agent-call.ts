import type { AgentResult } from '@chimera/agents';
import type { Claim } from '@chimera/workflow-store';
import type { Interruption } from './interruption.ts';

/** One call of an agent that has ended, and what it was for. */
export interface AgentCall {
  readonly agent: string;
  readonly claim: Claim;
  /** From the moment at which its phase could be claimed until it was asked. */
  readonly queuedMs: number;
  /** Wall-clock ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly result: AgentResult;
  /** Why it was ended from outside, if it was. */
  readonly interruption: Interruption['kind'] | undefined;
}
