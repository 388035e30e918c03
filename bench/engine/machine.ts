import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { median, rounded } from '../policies/median.ts';

/** What the figures depend on. */
export interface Machine {
  readonly node: string;
  readonly sqlite: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  /** Median time of an fsync after 4 KiB were written, in ms. */
  readonly fsyncMs: number;
  readonly commit: string;
}

/** `folder` is on the disk that is measured. */
export function machine(folder: string): Machine {
  const [first] = cpus();
  return {
    node: process.version,
    sqlite: new Database(':memory:').prepare('select sqlite_version()').pluck().get() as string,
    system: `${process.platform} ${release()}`,
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: rounded(totalmem() / 2 ** 30, 1),
    fsyncMs: rounded(fsyncMs(folder), 3),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  };
}

function fsyncMs(folder: string): number {
  const path = join(folder, 'fsync');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096);
  const sample = Array.from({ length: 201 }, () => {
    writeSync(file, page);
    const startedAt = performance.now();
    fsyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(path);
  return median(sample);
}
