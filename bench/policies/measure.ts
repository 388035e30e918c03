import { median, rounded } from './median.ts';
import type { Candidate, Scenario } from './scenario.ts';

export interface Result {
  readonly scenario: string;
  readonly candidate: string;
  readonly medianNs: number;
  readonly ratioToFloor: number;
}

export interface Effort {
  /** How long each candidate runs before it is measured, in ms. */
  readonly warmUpMs: number;
  /** So many, or as many as fit into `longestMs`, but not fewer than `leastRounds`. */
  readonly rounds: number;
  readonly leastRounds: number;
  readonly longestMs: number;
  /** Each candidate makes as many calls in a round as fit into this, in ms. */
  readonly batchMs: number;
}

/**
 * All candidates in turn in one process, several rounds; the medians. A round begins with another
 * candidate each time, so that none always pays for the garbage of the same one. Ratios are taken
 * within a round, so that a machine that is slower for a while is slower for both.
 */
export async function measure(scenario: Scenario, effort: Effort): Promise<Result[]> {
  const candidates = [scenario.floor, ...scenario.candidates];
  const batches: number[] = [];
  for (const candidate of candidates) batches.push(await batchOf(candidate, effort));

  const samples = candidates.map((): number[] => []);
  const { rounds, leastRounds, longestMs } = effort;
  const startedAt = performance.now();
  const isEnough = (round: number) =>
    round >= rounds || (round >= leastRounds && performance.now() - startedAt > longestMs);
  for (let round = 0; !isEnough(round); round += 1) {
    for (const step of candidates.keys()) {
      const index = (round + step) % candidates.length;
      const candidate = candidates[index];
      const calls = batches[index];
      if (candidate === undefined || calls === undefined) continue;
      samples[index]?.push((await timeOf(candidate, calls)) / calls);
    }
  }

  const [floors = []] = samples;
  return candidates.map(({ name }, index) => {
    const sample = samples[index] ?? [];
    const ratios = sample.map((ns, round) => ns / (floors[round] ?? Number.NaN));
    return {
      scenario: scenario.letter,
      candidate: name,
      medianNs: rounded(median(sample), 1),
      ratioToFloor: rounded(median(ratios), 2),
    };
  });
}

/** How many calls fill a batch, once the candidate is warm: compiled, and its caches filled. */
async function batchOf(candidate: Candidate, { warmUpMs, batchMs }: Effort): Promise<number> {
  const group = candidate.group ?? 1;
  let calls = group;
  let spentMs = 0;
  for (;;) {
    const ms = (await timeOf(candidate, calls)) / 1e6;
    spentMs += ms;
    const batch = Math.max(group, Math.ceil((calls * batchMs) / ms / group) * group);
    if (ms >= batchMs / 2 && spentMs >= warmUpMs) return batch;
    calls = Math.min(calls * 2, batch);
  }
}

/** In ns. */
async function timeOf(candidate: Candidate, calls: number): Promise<number> {
  const startedAt = process.hrtime.bigint();
  await candidate.run(calls);
  return Number(process.hrtime.bigint() - startedAt);
}
