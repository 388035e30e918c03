import { pipeline, Timeout } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import { checkPolicy, type ProofError, retry } from '../src/index.ts';
import { encodeHarm } from '../src/search/harm-proof.ts';
import { settingsFrom } from '../src/search/settings.ts';
import { replayHarm, searchHarm } from '../src/search.ts';
import { closed, type ClientOf, poisson, queueing, simulate } from '../src/sim.ts';

const server = queueing({ service: 10 });
const onMachine: ClientOf = () => pipeline(new Timeout({ after: '1s' }));
const onSite: ClientOf = (site) => pipeline(new Timeout({ after: '1s' }, site));
const refused = /^simulate: a policy must take its time from its site, got one that set a timer/;

describe('a policy on the clock of the machine is refused by', () => {
  test('simulate, at its first call', async () => {
    const demand = closed({ users: 1, callsEach: 1 });
    const error: unknown = await simulate({ demand, server, client: onMachine }).catch(String);
    expect(error).toMatch(/RangeError: simulate: .+ hand it the site's clock: \(site\) => /);
  });

  test('simulate, when only what it does after an answer sets timers', async () => {
    const held: unknown[] = [];
    const client: ClientOf = () => ({
      execute: async (operation) => {
        const result = await operation({ signal: AbortSignal.abort() });
        held.push(setTimeout(() => {}, 60_000));
        return result;
      },
    });
    const running = simulate({ demand: poisson(50), server, client, runFor: '2s' });
    await expect(running).rejects.toThrow(refused);
    for (const timer of held) clearTimeout(timer as NodeJS.Timeout);
  });

  test('searchHarm and replayHarm', async () => {
    const settings = settingsFrom({ load: 20, runs: 3 });
    const proof = encodeHarm(settings, [{ kind: 'load', fromMs: 6_000, forMs: 1_000, times: 2 }]);
    const system = { policy: onMachine, server };
    await expect(replayHarm(proof, system)).rejects.toThrow(refused);
    await expect(searchHarm({ ...system, load: 20, evaluations: 1 })).rejects.toThrow(refused);
  });
});

test('timers of whoever waits beside a simulation are not the policy’s', async () => {
  const options = { demand: poisson(50), server, client: onSite, runFor: '60s' } as const;
  const watchdog: unknown[] = [];
  const interval = setInterval(() => watchdog.push(setTimeout(() => {}, 60_000)), 0);
  const runs = Promise.all([simulate(options), simulate(options)]);
  watchdog.push(setTimeout(() => {}, 60_000));
  const [one, other] = await runs;
  clearInterval(interval);
  for (const timer of watchdog) clearTimeout(timer as NodeJS.Timeout);
  expect(one.records.calls.endedAt.length).toBeGreaterThan(2_500);
  expect(other.endedAt).toBe(60_000);
});

test('checkPolicy names timers of the machine as the likely cause', async () => {
  const held: unknown[] = [];
  const create = () => ({
    execute: async (operation: (context: { readonly signal: AbortSignal }) => unknown) => {
      for (let left = 3; ; left -= 1) {
        try {
          return await operation({ signal: new AbortController().signal });
        } catch (error) {
          if (left === 0) throw error;
          await new Promise((resolve) => held.push(setTimeout(resolve, 60_000)));
        }
      }
    },
  });
  const found = await checkPolicy(create, retry({ maxRetries: 3 }), { laws: ['call-1'] }).catch(
    (error: ProofError) => error.message,
  );
  for (const timer of held) clearTimeout(timer as NodeJS.Timeout);
  expect(found).toMatch(/call-1: call 1 is never answered\n.+\n {2}A timer of the machine was set/);
  expect(found).toContain("Hand the policy the world's clock");
});

const answersAnother = () => ({ execute: () => Promise.resolve('another') });

test('what breaks a law in virtual time is not put down to the machine', async () => {
  const found = await checkPolicy(answersAnother, retry({ maxRetries: 3 })).catch(
    (error: ProofError) => error.message,
  );
  expect(found).toMatch(/^retry breaks retry-5/);
  expect(found).not.toContain('of the machine');
});
