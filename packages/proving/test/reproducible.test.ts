import { createHash } from 'node:crypto';
import { seededRandom } from '@chimera/policy';
import { expect, test } from 'vitest';
import { generate } from '../src/check/generate.ts';
import {
  checkPolicy,
  decode,
  encode,
  type History,
  type Kind,
  perform,
  type ProofError,
  replay,
} from '../src/index.ts';
import { type Mutant, zoo } from '../src/mutants.ts';
import {
  byRule,
  cached,
  exponential,
  poisson,
  queueing,
  runText,
  scaling,
  type ServerOf,
  simulate,
  type Simulation,
} from '../src/sim.ts';

/**
 * What was written down in `golden/` on one machine is compared on every other: here, and by
 * `pnpm run runtimes` in the oldest Node.js that the packages name. `vitest run -u` writes it anew,
 * which changes what everybody's `prv1:` strings mean.
 */
const golden = (name: string) => `./golden/${name}.txt`;

const kinds: readonly Kind[] = ['breaker', 'retry', 'bulkhead', 'rate-limit', 'timeout'];

function firstOf(kind: Kind): Mutant {
  const [mutant] = zoo(kind);
  if (mutant === undefined) throw new Error(`no ${kind} in the zoo`);
  return mutant;
}

const linesOf = ({ seen }: History) => seen.map((event) => `${JSON.stringify(event)}\n`).join('');

test.each(kinds)(
  'a %s’s mistake is found, shrunk to the same string and played event by event as it was written down',
  async (kind) => {
    const { create, rules } = firstOf(kind);
    const found = await checkPolicy(create, rules, { seed: 1 }).then(
      () => expect.unreachable('it keeps every law'),
      (error: ProofError) => error,
    );
    const { program, rules: told, seed } = decode(found.proof);
    const trace = linesOf(await perform(program, told, create, seed));
    const text = `${found.proof}\nbreaks ${found.law}\n${trace}`;
    await expect(text).toMatchFileSnapshot(golden(kind));
    await expect(replay(found.proof, create)).rejects.toMatchObject({ law: found.law });
  },
);

test('every policy of the zoo lives through the same programs as it did', async () => {
  const rows = [];
  for (const { create, name, rules } of zoo()) {
    const digest = createHash('sha256');
    for (let seed = 1; seed <= 5; seed += 1) {
      const program = generate(rules, seededRandom(seed));
      digest.update(`${encode({ rules, seed, program })}\n`);
      digest.update(linesOf(await perform(program, rules, create, seed)));
    }
    rows.push(`${name} ${digest.digest('hex').slice(0, 16)}\n`);
  }
  await expect(rows.join('')).toMatchFileSnapshot(golden('zoo'));
});

/** Of every number, bit by bit: logarithms and powers are the engine's, and drawn times are made of them. */
function digestOf({ records: { calls, waits } }: Simulation): string {
  const digest = createHash('sha256');
  for (const { values } of [calls.startedAt, calls.endedAt, calls.attempts, waits.waitMs])
    digest.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return digest.digest('hex').slice(0, 16);
}

const servers: Readonly<Record<string, ServerOf>> = {
  exponential: queueing({ slots: 4, service: exponential(50) }),
  weibull: queueing({ slots: 4, service: { shape: 'weibull', scaleMs: 40, k: 0.7 } }),
  cached: cached({ keys: 200, capacity: 50 }, scaling({ service: 20, alpha: 0.01, beta: 1e-4 })),
};

test('a simulation is the same to the last bit', async () => {
  const texts = [];
  for (const [name, server] of Object.entries(servers)) {
    const run = await simulate({
      demand: poisson({ profile: 'diurnal', low: 20, high: 90, periodMs: 9_000 }),
      server,
      client: (site) =>
        byRule(site, {
          timeoutMs: 400,
          retry: ({ retries }) =>
            retries < 2 ? { retry: true, delayMs: 1_000 * site.random() } : { retry: false },
        }),
      triggers: [{ kind: 'latency', fromMs: 3_000, forMs: 2_000, times: 5 }],
      runFor: '20s',
    });
    texts.push(`${name} ${digestOf(run)}\n${runText(run)}\n`);
  }
  await expect(texts.join('')).toMatchFileSnapshot(golden('simulation'));
});
