import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ExecutorPool } from '@chimera/chimera-daemon';
import { daemonLaws } from '@chimera/proving/history';
import type { Batch, WorkflowStore } from '@chimera/workflow-store';
import { afterAll, expect, test } from 'vitest';
import { type Submission, judgeClaims } from '../prove/claim-order.ts';
import { commitKills } from '../prove/commit-kills.ts';
import { proofLaws } from '../prove/proof-laws.ts';
import { type RunReport, simulatedRun } from '../prove/simulated-run.ts';
import { makeTemplate } from '../prove/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'chimera-prove-'));
const empty = makeTemplate(join(folder, 'template.db'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Slices of `pnpm run prove`. */
async function place(): Promise<{ readonly directory: string; readonly template: string }> {
  const own = mkdtempSync(join(folder, 'life-'));
  const template = join(own, 'template.db');
  copyFileSync(await empty, template);
  return { directory: join(own, 'run'), template };
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
  expect(sum(({ batches }) => batches)).toBeGreaterThan(100);
}, 120_000);

interface Mistake {
  readonly store?: (store: WorkflowStore) => Partial<WorkflowStore>;
  readonly pool?: (pool: ExecutorPool) => object;
  /** What becomes of a row once it is written. */
  readonly sql?: string;
  /** Of a life that shows it; those after it are tried as well. */
  readonly seed: number;
  readonly workflows?: number;
  readonly isFaulty?: boolean;
}

const whenOver = 'after update of finished_at on workflows when new.finished_at is not null';

/** By the law that finds it: in the store, in the pool, or in what is written. */
const mistakes: Readonly<Record<string, Mistake>> = {
  'daemon-1': {
    seed: 1,
    store: (store) => ({
      // It says so, and keeps only the first.
      submit: async (workflows) =>
        workflows[0]?.input.n === 0
          ? store.submit(workflows)
          : workflows.map((_, index) => ({ id: `unkept-${index}`, created: true })),
    }),
  },
  'daemon-6': {
    seed: 1,
    isFaulty: true,
    // It takes the living for dead.
    store: (store) => ({
      recover: (request) => store.recover({ ...request, deadHolders: () => true }),
    }),
  },
  'daemon-9': {
    seed: 1,
    store: (store) => ({
      claim: (request) =>
        store.claim({ ...request, choose: (all) => request.choose(all).toReversed() }),
    }),
  },
  'daemon-10': {
    seed: 6,
    workflows: 2,
    // Another attempt has a day's time.
    store: (store) => ({
      apply: ({ event, ...change }) =>
        store.apply({
          ...change,
          event: 'retryAt' in event ? { ...event, retryAt: event.at + 86_400_000 } : event,
        }),
    }),
  },
  'daemon-11': {
    seed: 5,
    workflows: 20,
    // It says that it has shrunk.
    pool: (pool) => {
      let told = pool.target;
      return {
        get target() {
          return told;
        },
        resize: (size: number) => {
          told = size;
          pool.resize(Math.max(size, pool.target));
        },
      };
    },
  },
  'daemon-15': {
    seed: 5,
    sql: `after update of status on dead_letters when new.status = 'requeued'
      begin update dead_letters set status = 'resolved' where id = new.id; end`,
  },
  'dlq-1': {
    seed: 5,
    sql: `after insert on dead_letters
      begin update dead_letters set task_id = 'somebody-else' where id = new.id; end`,
  },
  'dlq-2': {
    seed: 5,
    // It tries again what cannot be changed by that.
    store: (store) => ({
      apply: (change) =>
        store.apply(
          change.event.type === 'phase-failed'
            ? { ...change, event: { ...change.event, retryAt: change.event.at } }
            : change,
        ),
    }),
  },
  'dlq-3': {
    seed: 5,
    sql: `after insert on dead_letters
      begin update dead_letters set status = 'discarded' where id = new.id; end`,
  },
  'dlq-4': {
    seed: 5,
    sql: `after insert on dead_letters
      begin update dead_letters set error = json_set(error, '$.message', 'it failed')
      where id = new.id; end`,
  },
  'workflow-1': {
    seed: 1,
    sql: `${whenOver} and new.status = 'completed'
      begin update workflows set status = 'cancelled',
      state = json_set(state, '$.status', 'cancelled', '$.reason', 'none') where id = new.id; end`,
  },
  'workflow-2': {
    seed: 1,
    sql: `after insert on workflow_events when new.type = 'phase-succeeded'
      begin update workflow_events set added = null where seq = new.seq; end`,
  },
  'workflow-3': {
    seed: 1,
    sql: `${whenOver} begin update workflows set state = json_set(state, '$.visits.plan', 99)
      where id = new.id; end`,
  },
  'workflow-4': {
    seed: 1,
    sql: `after insert on workflow_events when new.type = 'phase-succeeded'
      begin update workflow_events set data = json_remove(data, '$.token')
      where seq = new.seq; end`,
  },
  'pool-1': {
    seed: 1,
    sql: `${whenOver} begin update workflows set holder = 'nobody', lease_expires_at = 0
      where id = new.id; end`,
  },
};

test('every law that only lives are held to has a mistake that it finds', () => {
  const others = new Set(daemonLaws.map(({ id }) => id));
  // Of a history of calls they are a checker's, of a life they are the campaign's own.
  for (const id of ['daemon-10', 'daemon-11']) others.delete(id);
  const own = proofLaws.map(({ id }) => id).filter((id) => !others.has(id));
  expect(own.filter((id) => mistakes[id] === undefined)).toEqual([]);
});

function withMistake<Subject extends object>(right: Subject, wrong: object): Subject {
  return new Proxy(right, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in wrong ? wrong : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test.each(Object.entries(mistakes))(
  'a daemon with a mistake breaks %s',
  async (law, { pool, seed: first, sql, store, ...life }) => {
    const where = await place();
    const database = new DatabaseSync(where.template);
    if (sql !== undefined) database.exec(`create trigger mistake ${sql}`);
    database.close();
    const broken = new Set<string>();
    for (let seed = first; seed < first + 4 && !broken.has(law); seed += 1) {
      const { violations } = await simulatedRun({
        ...where,
        isFaulty: false,
        workflows: 6,
        ...life,
        seed,
        sabotage: (right) => withMistake(right, store?.(right) ?? {}),
        sabotagePool: (right) => withMistake(right, pool?.(right) ?? {}),
        killAfter: [],
      });
      for (const violation of violations) broken.add(violation.law);
    }
    expect([...broken]).toContain(law);
  },
  60_000,
);

test.for([7, 8])('a life is the same for the same seed: %i', { timeout: 60_000 }, async (seed) => {
  const where = await place();
  const [one, other] = [
    await simulatedRun({ ...where, seed }),
    await simulatedRun({ ...where, seed }),
  ];
  expect(one).toEqual(other);
});

test.for([
  { isElsewhere: false, what: 'a commit' },
  { isElsewhere: true, what: 'a hand-over, a commit or a loss of another writer' },
])(
  'a life that is killed after $what loses nothing, whichever it is',
  { timeout: 60_000 },
  async ({ isElsewhere }) => {
    const { commits, kills, violations } = await commitKills({
      ...(await place()),
      isElsewhere,
      seed: 3,
      workflows: 2,
      every: 17,
    });
    expect(violations).toEqual([]);
    expect(kills).toBe(Math.ceil(commits / 17));
  },
);

test('a writer that takes back what it has committed is found', async () => {
  const where = await place();
  const broken = new Set<string>();
  for (let seed = 1; seed < 5 && broken.size === 0; seed += 1) {
    let batches = 0;
    const { violations } = await simulatedRun({
      ...where,
      seed,
      workflows: 6,
      isFaulty: false,
      isElsewhere: true,
      killAfter: [],
      sabotageWriter: (writer) =>
        withMistake(writer, {
          write: async (batch: Batch) => {
            batches += 1;
            const isLie = batches % 7 === 0;
            return (await writer.write(batch)) && !isLie;
          },
        }),
    });
    for (const { law } of violations) broken.add(law);
  }
  expect([...broken]).not.toEqual([]);
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
