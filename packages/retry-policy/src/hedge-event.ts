import type { DisposeFailed } from './discard.ts';

/** `attempt` counts the attempts of one call: the first is 1. */
export type HedgeEvent =
  | {
      readonly type: 'hedge';
      readonly policy: string;
      /** The attempt that begins. */
      readonly attempt: number;
      /** The one before was slow, or it failed. */
      readonly reason: 'slow' | 'failed';
    }
  | {
      /** The budget was spent: no hedge. */
      readonly type: 'denied';
      readonly policy: string;
      readonly attempt: number;
    }
  | {
      /** The first success, of a call with more than one attempt. */
      readonly type: 'won';
      readonly policy: string;
      readonly attempt: number;
      readonly attempts: number;
    }
  | {
      readonly type: 'failed';
      readonly policy: string;
      readonly attempts: number;
      /** In the order in which the attempts failed. */
      readonly errors: readonly unknown[];
    }
  | DisposeFailed;
