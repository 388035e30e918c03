import {
  constant,
  exponential,
  hasCode,
  HedgePolicy,
  RetryPolicy,
  within,
} from '@chimera/retry-policy';
import { ending, type Finding, sleep } from './finding.ts';

const reset = () => Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });

export async function play(): Promise<readonly Finding[]> {
  return [...(await recovery()), ...(await endings()), ...(await hedging())];
}

async function recovery(): Promise<readonly Finding[]> {
  const events: string[] = [];
  const retry = new RetryPolicy(
    { backoff: exponential({ base: '5ms', jitter: 0 }), retryIf: hasCode('ECONNRESET') },
    { onEvent: ({ type }) => events.push(type) },
  );
  const beganAt = performance.now();
  const answer = await retry.execute(({ attempt }) => {
    if (attempt < 3) throw reset();
    return `done at attempt ${attempt}`;
  });
  // 5 + 10 ms, less what clocks and timers round.
  const waited = performance.now() - beganAt > 13;
  return [
    { claim: 'what fails twice is done at the third', seen: answer, wanted: 'done at attempt 3' },
    { claim: 'after the delays', seen: waited, wanted: true },
    { claim: 'which listeners hear', seen: events, wanted: ['retry', 'retry', 'recovered'] },
  ];
}

async function endings(): Promise<readonly Finding[]> {
  let calls = 0;
  const failing = () => {
    calls += 1;
    throw reset();
  };
  const twice = new RetryPolicy({ maxRetries: 2, backoff: constant('1ms') });
  const givenUp = await ending(twice.execute(failing));
  const hasty = new RetryPolicy({
    maxRetries: 1,
    attemptTimeout: within('10ms'),
    backoff: constant('1ms'),
  });
  const caller = new AbortController();
  const slow = new RetryPolicy({ backoff: constant('1h') });
  const left = ending(slow.execute(failing, { signal: caller.signal }));
  await sleep(1);
  caller.abort(new Error('the caller left'));
  return [
    {
      claim: 'the last error is thrown as it is',
      seen: [givenUp, calls],
      // Three here, and the one whose retry is an hour away.
      wanted: ['ECONNRESET', 4],
    },
    {
      claim: 'attempts that hang time out',
      seen: await ending(hasty.execute(() => new Promise(() => {}))),
      wanted: 'TIMEOUT',
    },
    { claim: 'an abort ends a delay', seen: await left, wanted: 'the caller left' },
  ];
}

async function hedging(): Promise<readonly Finding[]> {
  const hedge = new HedgePolicy({ delay: '10ms' });
  let stopped = 0;
  const fastest = await hedge.execute(({ attempt, signal }) => {
    if (attempt === 2) return 'the hedge';
    return new Promise<string>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        stopped += 1;
        reject(signal.reason as Error);
      });
    });
  });
  return [
    {
      claim: 'a hedge wins, the loser is stopped',
      seen: [fastest, stopped],
      wanted: ['the hedge', 1],
    },
  ];
}
