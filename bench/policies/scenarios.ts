import type { Scenario } from './scenario.ts';
import { retryUnused } from './scenarios/a-retry-unused.ts';
import { retryTwice } from './scenarios/b-retry-twice.ts';
import { breakerInARow } from './scenarios/c-breaker-in-a-row.ts';
import { breakerWindow } from './scenarios/d-breaker-window.ts';
import { breakerOpen } from './scenarios/e-breaker-open.ts';
import { composed } from './scenarios/f-composed.ts';
import { concurrencyLimit } from './scenarios/g-concurrency-limit.ts';
import { priorityQueue } from './scenarios/h-priority-queue.ts';
import { breakerFailure } from './scenarios/x-breaker-failure.ts';

export const scenarios: readonly Scenario[] = [
  retryUnused,
  retryTwice,
  breakerInARow,
  breakerWindow,
  breakerFailure,
  breakerOpen,
  composed,
  concurrencyLimit,
  priorityQueue,
];
