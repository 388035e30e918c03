import { isBefore, listed, type Operation, operationsOf } from './operations.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

/** What a claim is answered. Instants are those of the store that gave it, in ms. */
export interface LeaseGiven {
  readonly job: string;
  readonly token: number;
  readonly from?: number;
  readonly until?: number;
}

/** What `renew`, `write` and `release` are asked. */
export interface UnderToken {
  readonly job: string;
  readonly token: number;
}

interface Tenure extends LeaseGiven {
  readonly call: Operation;
}

/**
 * Leases and their fencing tokens: of `claim` (answered: a {@link LeaseGiven}, a list, or nothing),
 * `renew` (asked: {@link UnderToken}, answered `{ until }`), `write` and `release` (asked:
 * {@link UnderToken}; `release` answered `{ at }`). What is answered `ok` was accepted.
 */
export function checkLeases(events: readonly HistoryEvent[]): Verdict {
  const operations = operationsOf(events);
  const judge = new Judge();
  const tenures = Map.groupBy(
    operations
      .filter(({ op, outcome }) => op === 'claim' && outcome === 'ok')
      .flatMap((call): Tenure[] =>
        listed(call.answer).map((given) => ({ ...(given as LeaseGiven), call })),
      ),
    ({ job }) => job,
  );
  // A claim that nobody heard the end of may have given any token.
  const hasUnheard = operations.some(({ op, outcome }) => op === 'claim' && outcome === 'info');
  const accepted = Map.groupBy(
    operations.filter(
      ({ op, outcome }) => outcome === 'ok' && ['renew', 'write', 'release'].includes(op),
    ),
    ({ asked }) => (asked as UnderToken).job,
  );
  for (const [job, given] of tenures) checkTokens(judge, job, given);
  for (const [job, writes] of accepted)
    checkWrites(judge, job, writes, tenures.get(job) ?? [], hasUnheard);
  for (const [job, given] of tenures) checkTenures(judge, job, given, accepted.get(job) ?? []);
  return judge.verdict;
}

function checkTokens(judge: Judge, job: string, given: readonly Tenure[]): void {
  for (const [index, tenure] of given.entries()) {
    const wrong = given
      .slice(0, index)
      .find(
        ({ call, token }) =>
          token === tenure.token || (isBefore(call, tenure.call) && token > tenure.token),
      );
    judge.look(
      'daemon-4',
      job,
      wrong && `${tenure.call.process} is given token ${tenure.token} after token ${wrong.token}`,
    );
  }
}

function checkWrites(
  judge: Judge,
  job: string,
  writes: readonly Operation[],
  given: readonly Tenure[],
  hasUnheard: boolean,
): void {
  for (const write of writes) {
    const { token } = write.asked as UnderToken;
    const newer = given.find((tenure) => tenure.token > token && isBefore(tenure.call, write));
    const isIssued = hasUnheard || given.some((tenure) => tenure.token === token);
    judge.look(
      'daemon-5',
      job,
      newer === undefined
        ? !isIssued && `a ${write.op} under token ${token}, which nobody was given`
        : `${write.process} may ${write.op} under token ${token} when ${newer.call.process} has ${newer.token}`,
    );
  }
}

/** A lease ends when it is released, or when its last renewal runs out. */
function checkTenures(
  judge: Judge,
  job: string,
  given: readonly Tenure[],
  accepted: readonly Operation[],
): void {
  const inOrder = given.toSorted((one, other) => one.token - other.token);
  for (const [index, tenure] of inOrder.entries()) {
    const next = inOrder[index + 1];
    const end = endOf(tenure, accepted);
    if (next?.from === undefined || end === undefined) continue;
    judge.look(
      'daemon-6',
      job,
      next.from < end &&
        `${next.call.process} holds it from ${next.from}, and ${tenure.call.process} until ${end}`,
    );
  }
}

function endOf({ token, until }: Tenure, accepted: readonly Operation[]): number | undefined {
  const own = accepted.filter(({ asked }) => (asked as UnderToken).token === token);
  const released = own.find(({ op }) => op === 'release')?.answer as { at?: number } | undefined;
  if (released?.at !== undefined) return released.at;
  // A release without an instant may have been at any.
  if (own.some(({ op }) => op === 'release')) return undefined;
  const renewals = own.flatMap(({ answer, op }) =>
    op === 'renew' ? [(answer as { until?: number } | undefined)?.until ?? -Infinity] : [],
  );
  return until === undefined ? undefined : Math.max(until, ...renewals);
}
