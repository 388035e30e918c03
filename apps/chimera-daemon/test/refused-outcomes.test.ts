import type { WorkflowStore } from '@chimera/workflow-store';
import { expect, test } from 'vitest';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const planned = workflowOf([
  {
    name: 'plan',
    stage: 'planning',
    agent: 'planner',
    timeout: '10s',
    retry: { maxRetries: 1, base: '30s' },
  },
]);

async function execute({ db }: WorkflowStore, statement: string): Promise<void> {
  const query = db.selectFrom('workflows').select('id').compile();
  await db.executeQuery({ ...query, sql: statement });
}

/** SQLite refuses what they say when it is this word. */
async function daemonWithPlanner(...says: unknown[]) {
  let calls = 0;
  const daemon = await smallDaemon({
    agents: {
      planner: () => {
        const said = says[Math.min(calls, says.length - 1)];
        calls += 1;
        if (said instanceof Error) throw said;
        return said;
      },
    },
  });
  await execute(
    daemon.store,
    `create trigger refuse before insert on workflow_events
      when new.added like '%unspeakable%' or new.data like '%unspeakable%'
      begin select raise(abort, 'nobody says that'); end`,
  );
  daemon.pool.start();
  const id = await daemon.submit(planned);
  return { calls: () => calls, daemon, id };
}

test('an outcome that the store refuses for what is in it is a failed attempt within seconds, and its slot is free', async () => {
  const { daemon, id } = await daemonWithPlanner({ word: 'unspeakable' });
  await daemon.advance(10_000);
  expect(await daemon.state(id)).toMatchObject({ status: 'waiting', recoveries: 0 });
  expect(daemon.pool.running).toBe(0);
  const [run] = await daemon.store.phaseRuns(id);
  expect(run).toMatchObject({ agent: 'planner', attempt: 1, outcome: 'phase-failed' });
});

test('its workflow is tried again like after any failure', async () => {
  const { calls, daemon, id } = await daemonWithPlanner({ word: 'unspeakable' }, 'well');
  await daemon.advance(60_000);
  expect(await daemon.state(id)).toMatchObject({
    status: 'completed',
    recoveries: 0,
    artifacts: [{ output: 'well' }],
  });
  expect(calls()).toBe(2);
});

test.for<[string, unknown]>([
  ['phase-succeeded', { word: 'unspeakable' }],
  ['phase-failed', new Error('unspeakable')],
])('its dead letter says what was refused, and why: of %s', async ([type, said]) => {
  const { daemon, id } = await daemonWithPlanner(said);
  await daemon.advance(60_000);
  expect((await daemon.state(id)).status).toBe('dead');
  const { items } = await daemon.deadLetters.list({ taskId: id });
  expect(items).toMatchObject([
    {
      error: {
        code: 'OUTCOME_REFUSED',
        message: `the store refused each time what phase plan ended with (${type}): nobody says that; see that its agent leaves something else, then requeue`,
      },
    },
  ]);
  expect(daemon.warnings).toContain(
    'an outcome cannot be recorded; its attempt counts as failed instead',
  );
});

test('a store that refuses everything for half a minute costs no attempt', async () => {
  const { calls, daemon, id } = await daemonWithPlanner('well');
  const apply = daemon.store.apply.bind(daemon.store);
  daemon.store.apply = () => Promise.reject(new Error('database is locked'));
  await daemon.advance(30_000);
  expect((await daemon.state(id)).status).toBe('running');
  daemon.store.apply = apply;
  await daemon.advance(30_000);
  expect(await daemon.state(id)).toMatchObject({ status: 'completed', recoveries: 0 });
  expect(calls()).toBe(1);
});

test('a lock that another program has held for half a minute costs no attempt, whichever write gets it next', async () => {
  const { calls, daemon, id } = await daemonWithPlanner('well');
  const apply = daemon.store.apply.bind(daemon.store);
  const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
  let isLocked = true;
  daemon.store.apply = (request) => {
    if (request.event.type === 'phase-failed') isLocked = false;
    return isLocked ? Promise.reject(busy) : apply(request);
  };
  await daemon.advance(20_000);
  isLocked = false;
  await daemon.advance(60_000);
  expect(await daemon.state(id)).toMatchObject({ status: 'completed' });
  expect(calls()).toBe(1);
});

test('that an attempt counts as failed is told only where it does', async () => {
  const { daemon } = await daemonWithPlanner('well');
  daemon.store.apply = ({ event }) =>
    event.type === 'phase-failed'
      ? Promise.resolve(undefined)
      : Promise.reject(new Error('nobody says that'));
  await daemon.advance(30_000);
  expect(daemon.warnings).toContain('the lease was lost; the outcome was not recorded');
  expect(daemon.warnings).not.toContain(
    'an outcome cannot be recorded; its attempt counts as failed instead',
  );
});
