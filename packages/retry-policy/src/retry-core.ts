import { type Clock, Listeners, type Random } from '@chimera/policy';
import type { RetrySettings } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryEvent } from './retry-event.ts';

/** What the calls of one policy share. */
export interface RetryCore {
  readonly settings: RetrySettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget | undefined;
  /** {@link unheard} until somebody subscribes. */
  listeners: Listeners<RetryEvent>;
}

/** Nobody's listeners: most policies have none, and share it. */
export const unheard: Listeners<RetryEvent> = /* @__PURE__ */ new Listeners();
