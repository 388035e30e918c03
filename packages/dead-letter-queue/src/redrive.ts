import {
  choiceOption,
  type Clock,
  type Duration,
  durationOption,
  integerOption,
  systemClock,
} from '@chimera/policy';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Enqueue, RequeueOptions } from './options.ts';

export interface RedriveOptions extends RequeueOptions {
  /** Sizes of the first steps; after these come steps of `batchSize`. Default `[1, 10]`. */
  readonly canary?: readonly number[];
  /** Default 100. */
  readonly batchSize?: number;
  /** How long to wait after each step for failures to return, unless enough have. Default `'30s'`. */
  readonly observe?: Duration;
  /**
   * Those of these entries whose tasks have not been tried since: a task that waits (for an open
   * breaker, for a slot) proves nothing. It is asked every second about the step's entries that it
   * named last, and the next step waits until it names none. Default: none ever.
   */
  readonly underWay?: (ids: readonly string[]) => Promise<readonly string[]>;
  /** How long a step may be under way after `observe`; longer ends the redrive as `stalled`. Default `'1h'`. */
  readonly settleWithin?: Duration;
  /** Failures that may return before it stops. Default 0. */
  readonly tolerate?: number;
  /** Codes of errors of `enqueue` that leave the entry as it is and go on with the next. Default none: they end the redrive. */
  readonly skipCodes?: readonly string[];
  /** Aborting it stops before the next requeue. */
  readonly signal?: AbortSignal;
  /** Called after each step was observed, with the report so far. */
  readonly onStep?: (report: RedriveReport) => void;
  /** Called when a step is queued, before it is observed, and after each look, once a second. */
  readonly onProgress?: (report: RedriveReport) => void;
}

export interface RedriveReport {
  readonly outcome: 'under-way' | 'finished' | 'failures-returned' | 'stalled' | 'aborted';
  /** Entries that were requeued, in this order. */
  readonly requeued: readonly string[];
  /** New dead letters of theirs. */
  readonly returned: readonly string[];
  /** Of the latest step, those whose tasks have not been tried yet; none where `underWay` is not given. */
  readonly underWay: readonly string[];
  /** Entries that were left as they are, and the code of the refusal. */
  readonly skipped: readonly { readonly id: string; readonly code: string }[];
}

/** What a redrive needs of a queue. */
export type RedrivableQueue<DB> = Pick<DeadLetterQueue<DB>, 'list' | 'requeue' | 'returned'>;

const owner = 'redrive';
const lookEveryMs = 1_000;
/** Only what is open is requeued. */
const filterNames: readonly (keyof DeadLetterFilter)[] = [
  'taskId',
  'fingerprint',
  'phase',
  'agent',
  'idPrefix',
  'failedBefore',
];
const optionNames: readonly (keyof RedriveOptions)[] = [
  'canary',
  'batchSize',
  'observe',
  'underWay',
  'settleWithin',
  'tolerate',
  'skipCodes',
  'signal',
  'onStep',
  'onProgress',
  'by',
  'phase',
  'input',
  'maxReplays',
];
const refusals = new Set([
  'DEAD_LETTER_NOT_FOUND',
  'DEAD_LETTER_NOT_OPEN',
  'DEAD_LETTER_REPLAYS_EXHAUSTED',
  'DEAD_LETTER_UNREADABLE',
]);

/**
 * Requeues all open entries that match the filter and died before now, newest first, carefully:
 * one, then ten, then the others in batches, each step watched for failures that return, and for
 * as long as `underWay` names any of it. What returns while it works is not requeued again.
 *
 * Rejects with what `enqueue` throws; entries requeued before that stay requeued.
 */
export async function redrive<DB>(
  queue: RedrivableQueue<DB>,
  filter: Omit<DeadLetterFilter, 'status'>,
  enqueue: Enqueue<DB>,
  options: RedriveOptions = {},
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<RedriveReport> {
  checkNames(filter, options);
  const { canary = [1, 10], batchSize = 100, observe = '30s', tolerate = 0, ...rest } = options;
  const { signal, onProgress, onStep, skipCodes = [], settleWithin = '1h', ...others } = rest;
  const { underWay: stillUnderWay, ...requeueOptions } = others;
  for (const size of canary) integerOption(owner, 'canary', size, 1);
  integerOption(owner, 'batchSize', batchSize, 1);
  integerOption(owner, 'tolerate', tolerate, 0);
  const observeMs = durationOption(owner, 'observe', observe);
  const settleWithinMs = durationOption(owner, 'settleWithin', settleWithin);

  const sizes = [...canary];
  const requeued = new Set<string>();
  const skipped: { readonly id: string; readonly code: string }[] = [];
  let returned: readonly string[] = [];
  let step: string[] = [];
  let underWay: readonly string[] = [];
  const report = (outcome: RedriveReport['outcome']): RedriveReport => ({
    outcome,
    requeued: [...requeued],
    returned,
    underWay,
    skipped: [...skipped],
  });

  const failuresReturned = async (): Promise<boolean> => {
    returned = await queue.returned([...requeued]);
    return returned.length > tolerate;
  };

  /** Why the redrive ends with this step; undefined when it may go on. */
  const watched = async (): Promise<'failures-returned' | 'stalled' | 'aborted' | undefined> => {
    underWay = stillUnderWay === undefined ? [] : step;
    step = [];
    onProgress?.(report('under-way'));
    const observed = clock.monotonic() + observeMs;
    let nextLookMs = Math.min(observeMs, lookEveryMs);
    for (;;) {
      await pause(clock, nextLookMs, signal);
      const leftMs = observed - clock.monotonic();
      const isAborted = signal?.aborted === true;
      if (stillUnderWay !== undefined && !isAborted && underWay.length > 0)
        underWay = await stillUnderWay(underWay);
      // Asked after `underWay`: what died again meanwhile is not under way, and has returned.
      const hasFailed = await failuresReturned();
      const isSettled = leftMs <= 0 && underWay.length === 0;
      if (hasFailed || isSettled || isAborted) {
        onStep?.(report('under-way'));
        if (hasFailed) return 'failures-returned';
        return isAborted ? 'aborted' : undefined;
      }
      onProgress?.(report('under-way'));
      if (leftMs <= -settleWithinMs) return 'stalled';
      nextLookMs = leftMs > 0 ? Math.min(leftMs, lookEveryMs) : lookEveryMs;
    }
  };

  let left = sizes.shift() ?? batchSize;
  for await (const { id, previousId } of openEntries(queue, filter, clock.now(), skipped)) {
    if (previousId !== undefined && requeued.has(previousId)) continue;
    if (left === 0) {
      const end = await watched();
      if (end !== undefined) return report(end);
      left = sizes.shift() ?? batchSize;
    }
    if (signal?.aborted === true) return report('aborted');
    try {
      await queue.requeue(id, enqueue, undefined, requeueOptions);
      requeued.add(id);
      step.push(id);
      left -= 1;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !(refusals.has(code) || skipCodes.includes(code))) throw error;
      skipped.push({ id, code });
    }
  }
  const end = requeued.size > 0 ? await watched() : undefined;
  return report(end ?? 'finished');
}

/** What was misspelt, or is of a list, would be left out: all would run again, unwatched. */
function checkNames(filter: object, options: object): void {
  for (const name of givenIn(filter)) choiceOption<string>(owner, 'filter', name, filterNames);
  for (const name of givenIn(options)) choiceOption<string>(owner, 'option', name, optionNames);
}

function givenIn(values: object): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

async function* openEntries<DB>(
  queue: Pick<DeadLetterQueue<DB>, 'list'>,
  filter: DeadLetterFilter,
  now: number,
  skipped: { readonly id: string; readonly code: string }[],
): AsyncGenerator<DeadLetter, void, undefined> {
  const failedBefore = Math.min(filter.failedBefore ?? Infinity, Math.round(now) + 1);
  let cursor: string | undefined = undefined;
  do {
    const page = await queue.list({ ...filter, failedBefore, status: 'open', cursor });
    skipped.push(...page.unreadable.map(({ id, code }) => ({ id, code })));
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string } | undefined)?.code;
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(done, ms);
    if (signal?.aborted === true) done();
    else signal?.addEventListener('abort', done);
  });
}
