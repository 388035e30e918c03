import { numberOption, TimeoutError } from '@chimera/policy';
import { onlyKnown } from '../../check/only-known.ts';
import type { Agenda } from '../engine/agenda.ts';
import { answerErrors } from './answer-error.ts';
import type { Client, ClientCall } from './client.ts';
import { type Deadline, DeadlineLine } from './deadline-line.ts';

/** Where a call stands after an attempt that failed; what `decideRetry` of a retry policy is asked. */
export interface FailedAttempt {
  readonly error: unknown;
  /** Retries made so far. */
  readonly retries: number;
  readonly elapsedMs: number;
  readonly previousDelayMs: number | undefined;
  readonly waitedMs: number;
}

/** The form of Chimera's retry budgets. */
export interface Budget {
  begin(): void;
  /** Less than 0: denied. */
  withdraw(error: unknown): number;
  release(cost: number): void;
  end(succeeded: boolean, cost: number): void;
}

export interface RuleOptions {
  /** Gives an attempt up after this; the server may go on with it. Default: never. */
  readonly timeoutMs?: number;
  /** Whether there is another attempt, and after how long. Default: there is none. */
  readonly retry?: (
    failed: FailedAttempt,
  ) => { readonly retry: true; readonly delayMs: number } | { readonly retry: false };
  readonly budget?: Budget;
}

/**
 * A client that goes by the rules of policies instead of running them: no promises, so that a fleet
 * of them costs no more than its events. What it does is what the pipeline
 * `(retry (timeout))` would do.
 *
 * @throws RangeError for a wrong option.
 */
export function byRule({ agenda }: { readonly agenda: Agenda }, options: RuleOptions): Client {
  const { timeoutMs = Infinity, retry, budget } = options;
  onlyKnown('byRule', 'the options', options, ['timeoutMs', 'retry', 'budget']);
  numberOption('byRule', 'timeoutMs', timeoutMs, 0);
  const deadlines = new DeadlineLine(agenda, timeoutMs);
  const late = new TimeoutError('timeout', timeoutMs);

  const begin = (call: ClientCall) => {
    let retries = 0;
    let waitedMs = 0;
    let previousDelayMs: number | undefined;
    let cost = 0;

    const attempt = () => {
      let isOver = false;
      let deadline: Deadline | undefined;
      const over = (error: unknown) => {
        isOver = true;
        if (deadline !== undefined) deadlines.remove(deadline);
        if (error === undefined) {
          budget?.end(true, cost);
          call.end('ok');
        } else failed(error);
      };
      const request = call.send((answer) => {
        if (!isOver) over(answer === 'ok' ? undefined : answerErrors[answer]);
      });
      if (isOver || timeoutMs === Infinity) return;
      deadline = deadlines.add(() => {
        request.isAbandoned = true;
        over(late);
      });
    };

    const failed = (error: unknown) => {
      const elapsedMs = agenda.now - call.startedAt;
      const decision = retry?.({ error, retries, elapsedMs, previousDelayMs, waitedMs });
      if (decision?.retry !== true || !pays(error)) {
        budget?.end(false, cost);
        call.end('failed');
        return;
      }
      const { delayMs } = decision;
      retries += 1;
      waitedMs += delayMs;
      previousDelayMs = delayMs;
      if (delayMs > 0) agenda.after(delayMs, attempt);
      else attempt();
    };

    const pays = (error: unknown): boolean => {
      if (budget === undefined) return true;
      budget.release(cost);
      cost = 0;
      const price = budget.withdraw(error);
      if (price < 0) return false;
      cost = price;
      return true;
    };

    budget?.begin();
    attempt();
  };
  return { begin };
}
