import { CircuitBreaker, MemoryBreakerStore, timeWindow } from '@chimera/circuit-breaker';
import { breakerStateStoreLaws } from '@chimera/circuit-breaker/store-laws';
import { ending, type Finding, sleep } from './finding.ts';

export async function play(): Promise<readonly Finding[]> {
  return [
    ...(await consecutiveFailures()),
    ...(await shareOfFailures()),
    {
      claim: 'the store in memory keeps its laws',
      seen: await brokenLaws(),
      wanted: [],
    },
  ];
}

async function consecutiveFailures(): Promise<readonly Finding[]> {
  const events: string[] = [];
  const breaker = new CircuitBreaker(
    { name: 'billing', failureThreshold: 3, openFor: '30ms', halfOpenProbes: 1 },
    {
      onEvent: ({ type }) => {
        if (type === 'opened' || type === 'half-opened' || type === 'closed') events.push(type);
      },
    },
  );
  let calls = 0;
  const down = async () => {
    calls += 1;
    throw new Error('down');
  };
  for (let call = 0; call < 3; call += 1) await ending(breaker.execute(down));
  const refused = await ending(breaker.execute(down));
  await sleep(40);
  const probe = await breaker.execute(() => 'up again');
  return [
    {
      claim: 'three failures open it: the fourth call is refused, not made',
      seen: [refused, calls],
      wanted: ['CIRCUIT_OPEN', 3],
    },
    { claim: 'a probe goes through afterwards', seen: probe, wanted: 'up again' },
    { claim: 'and closes it', seen: events, wanted: ['opened', 'half-opened', 'closed'] },
  ];
}

async function shareOfFailures(): Promise<readonly Finding[]> {
  const breaker = new CircuitBreaker({
    detector: timeWindow({ span: '10s', minCalls: 4, failureRate: 0.5 }),
  });
  for (const isUp of [true, true, false, false]) {
    await ending(breaker.execute(() => (isUp ? 'up' : Promise.reject(new Error('down')))));
  }
  return [
    {
      claim: 'half of the calls in a span open it',
      seen: await ending(breaker.execute(() => 'up')),
      wanted: 'CIRCUIT_OPEN',
    },
  ];
}

/** Timers may come a millisecond early. */
const atLeast = (ms: number): Promise<void> => sleep(ms + 2);

async function brokenLaws(): Promise<readonly unknown[]> {
  const endings = [];
  for (const { check } of breakerStateStoreLaws) {
    endings.push(await ending(check({ store: new MemoryBreakerStore(), advance: atLeast })));
  }
  return endings.filter((end) => end !== undefined);
}
