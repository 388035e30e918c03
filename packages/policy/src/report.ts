import type { Decision } from './decision.ts';
import { errorText } from './error-text.ts';

/** What happened during a call, and why it ended as it did. */
export interface Report {
  /** How often the operation was called: 0 when every policy refused, or another call's run was joined. */
  readonly attempts: number;
  /** What policies decided to wait, in ms; a wait that was cut short counts in full. */
  readonly waitedMs: number;
  /** In the order they were made. */
  readonly decisions: readonly Decision[];
  /** The policy that had the last word; `operation` when its own result stands, `caller` after an abort. */
  readonly decidedBy: string;
  readonly reason: string;
}

/** How a call ended. */
export type Ending = 'returned' | 'failed' | 'aborted';

const lastWords: Readonly<Record<Ending, ReadonlySet<Decision['action']>>> = {
  returned: new Set(['stop', 'fallback']),
  failed: new Set(['stop', 'reject', 'timeout', 'fallback']),
  aborted: new Set(),
};

export function reportOf(trail: readonly Decision[], attempts: number, ending: Ending): Report {
  const last = trail.at(-1);
  const isLastWord = last !== undefined && lastWords[ending].has(last.action);
  return {
    attempts,
    waitedMs: trail.reduce((sum, { delayMs = 0 }) => sum + delayMs, 0),
    decisions: [...trail],
    decidedBy: isLastWord ? last.policy : ending === 'aborted' ? 'caller' : 'operation',
    reason: isLastWord ? told(last) : ending,
  };
}

function told({ reason, error }: Decision): string {
  if (error === undefined) return reason;
  return `${reason}: ${error instanceof Error ? errorText(error) : typeof error}`;
}
