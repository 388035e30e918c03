export interface Candidate {
  readonly name: string;
  readonly run: (times: number) => void | Promise<void>;
}

export interface Row {
  readonly name: string;
  readonly ns: number;
  /** To the first candidate, within a round. */
  readonly ratio: number;
}

const rounds = 61;
const batchMs = 2;
const warmUpMs = 300;

/** All candidates in turn, many short rounds, medians: what else the machine does falls on all alike. */
export async function alternate(candidates: readonly Candidate[]): Promise<Row[]> {
  const batches: number[] = [];
  for (const candidate of candidates) batches.push(await batchOf(candidate));
  const samples = candidates.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, candidate] of candidates.entries()) {
      const times = batches[index] ?? 1;
      samples[index]?.push((await nsOf(candidate, times)) / times);
    }
  }
  const [first = []] = samples;
  return candidates.map(({ name }, index) => {
    const sample = samples[index] ?? [];
    const ratios = sample.map((ns, round) => ns / (first[round] ?? Number.NaN));
    return { name, ns: rounded(median(sample)), ratio: rounded(median(ratios)) };
  });
}

async function batchOf(candidate: Candidate): Promise<number> {
  let times = 1_000;
  let spentMs = 0;
  for (;;) {
    const ms = (await nsOf(candidate, times)) / 1e6;
    spentMs += ms;
    const batch = Math.max(1, Math.ceil((times * batchMs) / ms));
    if (spentMs > warmUpMs) return batch;
    times = Math.min(times * 2, batch);
  }
}

async function nsOf(candidate: Candidate, times: number): Promise<number> {
  const startedAt = process.hrtime.bigint();
  const running = candidate.run(times);
  if (running !== undefined) await running;
  return Number(process.hrtime.bigint() - startedAt);
}

function median(sample: readonly number[]): number {
  return (
    sample.toSorted((left, right) => left - right)[Math.floor(sample.length / 2)] ?? Number.NaN
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
