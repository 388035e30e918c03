import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowStore } from '@chimera/workflow-store';
import { expect, onTestFinished, test } from 'vitest';
import { type Submission, judgeClaims } from '../prove/claim-order.ts';
import { commitKills } from '../prove/commit-kills.ts';
import { proofLaws } from '../prove/proof-laws.ts';
import { type RunReport, simulatedRun } from '../prove/simulated-run.ts';
import { makeTemplate } from '../prove/template.ts';

/** Slices of `pnpm run prove`. */
async function place(): Promise<{ readonly directory: string; readonly template: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'chimera-prove-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return {
    directory: join(folder, 'run'),
    template: await makeTemplate(join(folder, 'template.db')),
  };
}

test('lives with random faults and kills keep every law, and look at all of them', async () => {
  const where = await place();
  const reports: RunReport[] = [];
  for (let seed = 1; seed <= 20; seed += 1) reports.push(await simulatedRun({ ...where, seed }));
  expect(reports.flatMap(({ violations }) => violations)).toEqual([]);
  const seen = new Set(reports.flatMap(({ checked }) => Object.keys(checked)));
  expect(proofLaws.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  const sum = (of: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  expect(sum(({ kills }) => kills)).toBeGreaterThan(3);
  expect(sum(({ faults }) => faults)).toBeGreaterThan(50);
}, 120_000);

const mistakes: Readonly<Record<string, (store: WorkflowStore) => Partial<WorkflowStore>>> = {
  'daemon-1': (store) => ({
    // It says so, and keeps only the first.
    submit: async (workflows) =>
      workflows[0]?.input.n === 0
        ? store.submit(workflows)
        : workflows.map((_, index) => ({ id: `unkept-${index}`, created: true })),
  }),
  'daemon-6': (store) => ({
    // It takes the living for dead.
    recover: (request) => store.recover({ ...request, deadHolders: () => true }),
  }),
  'daemon-9': (store) => ({
    claim: (request) =>
      store.claim({ ...request, choose: (candidates) => request.choose(candidates).toReversed() }),
  }),
};

test.each(Object.keys(mistakes))(
  'a store with a mistake breaks %s',
  async (law) => {
    const where = await place();
    const sabotage = (store: WorkflowStore) => {
      const wrong = mistakes[law]?.(store) ?? {};
      return new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(name in wrong ? wrong : target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    const broken = new Set<string>();
    for (let seed = 1; seed <= 4 && !broken.has(law); seed += 1) {
      const { violations } = await simulatedRun({ ...where, seed, sabotage, killAfter: [] });
      for (const violation of violations) broken.add(violation.law);
    }
    expect([...broken]).toContain(law);
  },
  60_000,
);

test('a life is the same for the same seed', async () => {
  const where = await place();
  const [one, other] = [
    await simulatedRun({ ...where, seed: 7 }),
    await simulatedRun({ ...where, seed: 7 }),
  ];
  expect(one).toEqual(other);
}, 60_000);

test('a life that is killed after a commit loses nothing, whichever commit it is', async () => {
  const { commits, kills, violations } = await commitKills({
    ...(await place()),
    seed: 3,
    workflows: 2,
    every: 17,
  });
  expect(violations).toEqual([]);
  expect(kills).toBe(Math.ceil(commits / 17));
}, 60_000);

test('a claim past somebody more urgent is found', () => {
  const base = { at: 0, data: { status: 'queued' } } as const;
  const submissions = new Map<string, Submission>([
    ['low', { n: 0, priority: 1, runAt: undefined }],
    ['high', { n: 1, priority: 2, runAt: undefined }],
  ]);
  const log = [
    { ...base, seq: 1, workflowId: 'low', type: 'submitted' },
    { ...base, seq: 2, workflowId: 'high', type: 'submitted' },
    { ...base, seq: 3, workflowId: 'low', type: 'claimed', data: { status: 'running' } },
    { ...base, seq: 4, workflowId: 'high', type: 'claimed', data: { status: 'running' } },
  ] as const;
  const messages = judgeClaims(log, submissions).map(({ message }) => message);
  expect(messages).toEqual([
    'event 3 claims it with a score of 10 while high waits with 20',
    undefined,
  ]);
});
