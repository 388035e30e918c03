import type { StartEngine } from './engine.ts';
import { startBare } from './engines/bare.ts';
import { startBullMqChained, startBullMqSteps } from './engines/bullmq.ts';
import { startDbos } from './engines/dbos.ts';
import { startGraphileWorker } from './engines/graphile-worker.ts';
import { startPgBoss } from './engines/pg-boss.ts';
import { startRestate } from './engines/restate.ts';
import type { Peer } from './peers.ts';
import type { ServerKind } from './servers.ts';

export interface Candidate {
  readonly name: string;
  /** What an acknowledged step survives. */
  readonly durability: string;
  readonly settings: string;
  readonly peer?: Peer;
  readonly server: ServerKind;
  /** Runs this part of the workflows, so that slow ones end. */
  readonly share: number;
  /** It cannot take workflows without running them, and starts all that it takes: a caller waits for its workflow. */
  readonly runsAtOnce?: boolean;
  readonly start: StartEngine;
}

const powerLoss = 'power loss';
const ofPostgres = 'PostgreSQL, fsync and synchronous_commit on, shared_buffers 512 MB';

/** `bare` comes first: the others are compared with it. */
export const candidates: readonly Candidate[] = [
  {
    name: 'bare',
    durability: powerLoss,
    settings: 'better-sqlite3, WAL, synchronous=FULL, one commit for all callers of a turn',
    server: 'none',
    share: 1,
    start: startBare,
  },
  {
    name: 'chimera',
    durability: powerLoss,
    settings: 'defaults: WAL, synchronous=FULL; agent in process',
    server: 'none',
    share: 1,
    // Loaded by its own run alone: it is TypeScript of another package.
    start: async (options) => (await import('./engines/chimera.ts')).startChimera(options),
  },
  {
    name: 'bullmq steps (AOF always)',
    durability: powerLoss,
    settings: 'appendfsync always; steps of one job with updateData',
    peer: 'bullmq',
    server: 'redis-always',
    share: 0.5,
    start: startBullMqSteps,
  },
  {
    name: 'bullmq steps (AOF everysec)',
    durability: 'process crash; power loss takes a second',
    settings: 'appendfsync everysec; steps of one job with updateData',
    peer: 'bullmq',
    server: 'redis-everysec',
    share: 0.5,
    start: startBullMqSteps,
  },
  {
    name: 'bullmq chained (AOF always)',
    durability: powerLoss,
    settings: 'appendfsync always; a job for each phase',
    peer: 'bullmq',
    server: 'redis-always',
    share: 0.25,
    start: startBullMqChained,
  },
  {
    name: 'pg-boss',
    durability: powerLoss,
    settings: `${ofPostgres}; notify, batches as large as the concurrency, burst, 2 workers a queue`,
    peer: 'pg-boss',
    server: 'postgres',
    share: 0.2,
    start: startPgBoss,
  },
  {
    name: 'graphile-worker',
    durability: powerLoss,
    settings: `${ofPostgres}; local queue, batched completion, poll 100 ms beside NOTIFY`,
    peer: 'graphile-worker',
    server: 'postgres',
    share: 0.1,
    start: startGraphileWorker,
  },
  {
    name: 'dbos',
    durability: powerLoss,
    settings: `${ofPostgres}; 20 connections, workflows started directly`,
    peer: 'dbos',
    server: 'postgres',
    share: 0.1,
    runsAtOnce: true,
    start: startDbos,
  },
  {
    name: 'restate',
    durability: powerLoss,
    settings: 'one node, its own settings, SDK over HTTP/2',
    peer: 'restate',
    server: 'restate',
    share: 0.1,
    runsAtOnce: true,
    start: startRestate,
  },
];
