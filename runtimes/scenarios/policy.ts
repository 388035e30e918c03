import { Coalesce, Fallback, pipeline, safe, Timeout, VirtualClock } from '@chimera/policy';
import { ending, type Finding, sleep } from './finding.ts';

const hangs = () => new Promise<never>(() => {});

export async function play(): Promise<readonly Finding[]> {
  return [
    ...(await timeouts()),
    ...(await composition()),
    {
      claim: 'an hour of virtual time passes at once',
      seen: await virtualHour(),
      wanted: 3_600_000,
    },
  ];
}

async function timeouts(): Promise<readonly Finding[]> {
  const told: string[] = [];
  const timeout = new Timeout({ after: '20ms' });
  const heeding = await ending(
    timeout.execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told.push((signal.reason as Error).name);
            reject(signal.reason as Error);
          });
        }),
    ),
  );
  const caller = new AbortController();
  const left = ending(new Timeout({ after: '200ms' }).execute(hangs, { signal: caller.signal }));
  caller.abort(new Error('the caller left'));
  return [
    { claim: 'a timeout rejects', seen: heeding, wanted: 'TIMEOUT' },
    { claim: 'and has aborted the signal', seen: told, wanted: ['TimeoutError'] },
    {
      claim: 'a timeout rejects what heeds no signal',
      seen: await ending(timeout.execute(hangs)),
      wanted: 'TIMEOUT',
    },
    { claim: 'what is in time passes', seen: await timeout.execute(() => 7), wanted: 7 },
    { claim: 'an abort rejects at once', seen: await left, wanted: 'the caller left' },
  ];
}

async function composition(): Promise<readonly Finding[]> {
  let runs = 0;
  const prices = pipeline(
    new Fallback({ to: () => 'unknown' as const }),
    new Coalesce(),
    new Timeout({ after: '20ms' }),
  );
  const ask = async () => {
    runs += 1;
    await sleep(5);
    return 12;
  };
  const shared = await Promise.all([1, 2, 3].map(() => prices.execute(ask, { key: 'ACME' })));
  const outcome = await safe<number, typeof prices>(prices, hangs, { key: 'SLOW' });
  const { attempts, decidedBy, decisions } = outcome.report;
  return [
    { claim: 'calls with one key share a run', seen: [...shared, runs], wanted: [12, 12, 12, 1] },
    {
      claim: 'a pipeline answers in place of what timed out',
      seen: outcome.ok && outcome.value,
      wanted: 'unknown',
    },
    {
      claim: 'safe() tells who decided',
      seen: { attempts, decidedBy, decisions: decisions.map(({ policy }) => policy) },
      wanted: { attempts: 1, decidedBy: 'fallback', decisions: ['timeout', 'fallback'] },
    },
  ];
}

async function virtualHour(): Promise<number> {
  const clock = new VirtualClock();
  let firedAt = 0;
  clock.setTimer(() => {
    firedAt = clock.monotonic();
  }, 3_600_000);
  await clock.advance(3_600_000);
  return firedAt;
}
