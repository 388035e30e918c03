import { Bulkhead } from '@chimera/concurrency-limit';
import { Sema } from 'async-sema';
import * as cockatiel from 'cockatiel';
import { Effect, Semaphore } from 'effect';
import * as fastq from 'fastq';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
import { succeeds } from '../operations.ts';
import { inTurn, type Scenario, together } from '../scenario.ts';

const limit = 10;
const calls = 1_000 + limit;

const chimera = new Bulkhead({ maxConcurrent: limit, maxQueue: calls });
const ofSema = new Sema(limit, { capacity: calls });
const withSema = async () => {
  await ofSema.acquire();
  try {
    return await succeeds();
  } finally {
    ofSema.release();
  }
};
const ofCockatiel = cockatiel.bulkhead(limit, calls);
const ofPLimit = pLimit(limit);
const ofPQueue = new PQueue({ concurrency: limit });
const ofFastq = fastq.promise<unknown, undefined, number>(succeeds, limit);
const ofEffect = Semaphore.makeUnsafe(limit).withPermits(1)(Effect.tryPromise(succeeds));

export const concurrencyLimit: Scenario = {
  letter: 'g',
  title: `semaphore of ${limit}, ${calls - limit} waiters`,
  floor: inTurn('await', () => succeeds()),
  candidates: [
    together('chimera', calls, () => chimera.execute(succeeds)),
    together('fastq', calls, () => ofFastq.push(undefined)),
    together('async-sema', calls, withSema),
    together('cockatiel', calls, () => ofCockatiel.execute(succeeds)),
    together('p-limit', calls, () => ofPLimit(succeeds)),
    together('p-queue', calls, () => ofPQueue.add(succeeds)),
    together('effect', calls, () => Effect.runPromise(ofEffect)),
  ],
};
