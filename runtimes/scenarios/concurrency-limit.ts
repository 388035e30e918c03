import {
  acquire,
  AdaptiveLimit,
  Bulkhead,
  RateLimit,
  tokenBucket,
  vegas,
} from '@chimera/concurrency-limit';
import { ending, type Finding, sleep } from './finding.ts';

export async function play(): Promise<readonly Finding[]> {
  return [...(await bulkheads()), ...(await rates())];
}

async function bulkheads(): Promise<readonly Finding[]> {
  const bulkhead = new Bulkhead({ maxConcurrent: 2, maxQueue: 3 });
  let most = 0;
  const order: string[] = [];
  const work = (name: string) => async () => {
    most = Math.max(most, bulkhead.inFlight);
    order.push(name);
    await sleep(5);
    return name;
  };
  const running = ['a', 'b', 'c', 'd'].map((name) => bulkhead.execute(work(name)));
  const urgent = bulkhead.execute(work('urgent'), { priority: 10 });
  const refused = await ending(bulkhead.execute(work('one too many')));
  const results = await Promise.all([...running, urgent]);
  const permit = await acquire(bulkhead);
  const held = bulkhead.inFlight;
  permit[Symbol.dispose]();
  // Its place is free a microtask later.
  await sleep(0);
  return [
    { claim: 'two at once', seen: most, wanted: 2 },
    { claim: 'a full queue refuses', seen: refused, wanted: 'BULKHEAD_FULL' },
    {
      claim: 'who waits is served by priority, then in order',
      seen: order,
      wanted: ['a', 'b', 'urgent', 'c', 'd'],
    },
    { claim: 'each gets its own result', seen: results, wanted: ['a', 'b', 'c', 'd', 'urgent'] },
    { claim: 'a permit is a disposable', seen: [held, bulkhead.inFlight], wanted: [1, 0] },
  ];
}

async function rates(): Promise<readonly Finding[]> {
  const mail = new RateLimit({ rule: tokenBucket({ rate: 1, per: '1h', burst: 1 }) });
  const patient = new RateLimit({
    rule: tokenBucket({ rate: 100, per: '1s', burst: 1 }),
    maxWait: '1s',
  });
  const turns = await Promise.all([1, 2, 3].map((turn) => patient.execute(() => turn)));
  const adaptive = new AdaptiveLimit({ rule: vegas({ initial: 10 }) });
  return [
    { claim: 'the first has a turn', seen: await mail.execute(() => 'sent'), wanted: 'sent' },
    {
      claim: 'the second has none',
      seen: await ending(mail.execute(() => 'sent')),
      wanted: 'RATE_LIMITED',
    },
    { claim: 'turns that are near are waited for', seen: turns, wanted: [1, 2, 3] },
    {
      claim: 'a limit that finds its size lets calls through',
      seen: await adaptive.execute(() => adaptive.inFlight),
      wanted: 1,
    },
  ];
}
