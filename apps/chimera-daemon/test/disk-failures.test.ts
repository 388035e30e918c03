import type { WorkflowStore } from '@chimera/workflow-store';
import { describe, expect, test } from 'vitest';
import { smallDaemon, threePhases } from './small-daemon.ts';

/** Real refusals of SQLite on the daemon's own connection. */
async function pragma({ db }: WorkflowStore, setting: string): Promise<void> {
  const query = db.selectFrom('workflows').select('id').compile();
  await db.executeQuery({ ...query, sql: `pragma ${setting}` });
}

const fine = () => ({ done: true });
const longMs = 600_000;

/** A planner that has a lot to say, and says it when it is told to. */
async function daemonWithPlanner() {
  const says: ((output: string) => void)[] = [];
  const daemon = await smallDaemon({
    agents: {
      planner: () => new Promise<string>((resolve) => says.push(resolve)),
      implementer: fine,
      validator: fine,
    },
    leaseMs: 30_000,
  });
  daemon.pool.start();
  const id = await daemon.submit(threePhases);
  await daemon.advance(5);
  return {
    calls: () => says.length,
    daemon,
    finish: () => says[0]?.('x'.repeat(100_000)),
    id,
  };
}

describe.each([
  ['a full disk', 'max_page_count = 1', 'max_page_count = 1000000'],
  ['a file that cannot be written', 'query_only = 1', 'query_only = 0'],
])('%s', (_what, broken, mended) => {
  test('keeps an outcome waiting for as long as it lasts, and the work is not done again', async () => {
    const { calls, daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(longMs);
    expect(await daemon.state(id)).toMatchObject({ status: 'running', phase: 'plan' });
    expect(daemon.pool.running).toBe(0);
    await pragma(daemon.store, mended);
    await daemon.advance(10_000);
    expect((await daemon.state(id)).status).toBe('completed');
    expect(calls()).toBe(1);
  });

  test('does not hold up a stop, and the work is done again after the next start', async () => {
    const { calls, daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(60_000);
    const stopped = daemon.pool.stop(10_000);
    await daemon.advance(11_000);
    expect(await stopped).toMatchObject({ cut: [] });
    await pragma(daemon.store, mended);
    const [recovered] = await daemon.store.recover({
      deadHolders: (holder) => holder === 'test',
      now: daemon.clock.now(),
    });
    expect(recovered).toMatchObject({ id, state: { status: 'queued', phase: 'plan' } });
    expect(calls()).toBe(1);
  });

  test('lets a stop record in its grace period what it did not let before', async () => {
    const { daemon, finish, id } = await daemonWithPlanner();
    await pragma(daemon.store, broken);
    finish();
    await daemon.advance(60_000);
    const stopped = daemon.pool.stop(20_000);
    await pragma(daemon.store, mended);
    await daemon.advance(6_000);
    expect(await stopped).toMatchObject({ cut: [] });
    expect(await daemon.state(id)).toMatchObject({ status: 'queued', phase: 'implement' });
  });
});
