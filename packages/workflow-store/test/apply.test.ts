import type { JsonObject, WorkflowEvent } from '@chimera/workflow';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { DeadWorkflow } from '../src/index.ts';
import {
  claimOne,
  claimUpTo,
  startsAt as at,
  submitOne,
  temporaryStore,
} from './temporary-store.ts';
import { threePhases } from './three-phases.ts';

const success: WorkflowEvent = { type: 'phase-succeeded', at, output: null };
const failure: WorkflowEvent = {
  type: 'phase-failed',
  at,
  error: { code: 'BROKEN', message: 'it broke', retryable: false },
  retryAt: undefined,
};

function parked(until: number): WorkflowEvent {
  return { type: 'parked', at, until, reason: { kind: 'gate', gate: 'approval' } };
}

describe('apply', () => {
  test('three phases lead to completion, and each leaves artifact, run and events', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    for (const phase of ['plan', 'build', 'review']) {
      const { token } = await claimOne(store);
      await clock.advance(100);
      await store.apply({
        workflowId: id,
        token,
        event: { type: 'phase-succeeded', at: clock.now(), output: { by: phase } },
        run: { agent: 'someone', startedAt: clock.now() - 50, details: { exitCode: 0 } },
      });
    }
    const record = await store.get(id);
    expect(record).toMatchObject({ finishedAt: at + 300, startedAt: at, updatedAt: at + 300 });
    expect(record?.lease).toBeUndefined();
    expect(record?.state).toEqual({
      status: 'completed',
      phase: 'review',
      visits: { plan: 1, build: 1, review: 1 },
      attempts: 1,
      retries: 0,
      recoveries: 0,
      artifacts: [
        { phase: 'plan', visit: 1, output: { by: 'plan' } },
        { phase: 'build', visit: 1, output: { by: 'build' } },
        { phase: 'review', visit: 1, output: { by: 'review' } },
      ],
      feedback: [],
    });
    const runs = await store.phaseRuns(id);
    expect(runs.map(({ phase, token }) => [phase, token])).toEqual([
      ['plan', 1],
      ['build', 2],
      ['review', 3],
    ]);
    expect(runs[0]).toEqual({
      workflowId: id,
      token: 1,
      phase: 'plan',
      visit: 1,
      attempt: 1,
      agent: 'someone',
      holder: 'h1',
      startedAt: at + 50,
      endedAt: at + 100,
      outcome: 'phase-succeeded',
      details: { exitCode: 0 },
    });
    expect(await store.openPhaseRuns()).toEqual([]);
    const events = await store.events({ workflowId: id, limit: 100 });
    expect(events.map(({ type, data }) => [type, data.phase, data.status, data.nextPhase])).toEqual(
      [
        ['submitted', 'plan', 'queued', undefined],
        ['claimed', 'plan', 'running', undefined],
        ['phase-succeeded', 'plan', 'queued', 'build'],
        ['claimed', 'build', 'running', undefined],
        ['phase-succeeded', 'build', 'queued', 'review'],
        ['claimed', 'review', 'running', undefined],
        ['phase-succeeded', 'review', 'completed', undefined],
      ],
    );
  });

  test('a rejected review goes back with its feedback, and keeps every artifact', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    for (const output of ['the plan', 'the code']) {
      const { token } = await claimOne(store);
      await store.apply({ workflowId: id, token, event: { type: 'phase-succeeded', at, output } });
    }
    const { token } = await claimOne(store);
    await store.apply({
      workflowId: id,
      token,
      event: { type: 'phase-rejected', at, reason: 'no tests', output: { line: 3 } },
    });
    expect(await store.get(id)).toMatchObject({
      state: {
        status: 'queued',
        reason: 'rework',
        phase: 'build',
        visits: { build: 2 },
        artifacts: [{ output: 'the plan' }, { output: 'the code' }, { output: { line: 3 } }],
        feedback: [{ fromPhase: 'review', visit: 1, reason: 'no tests', output: { line: 3 } }],
      },
    });
  });

  test('the event log keeps an outcome without its output, which the artifacts hold', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    await store.apply({
      workflowId: id,
      token,
      event: { type: 'phase-rejected', at, reason: 'vague', output: 'x'.repeat(1_000) },
    });
    const last = (await store.events({ workflowId: id, limit: 10 })).at(-1);
    expect(last?.data).toEqual({ phase: 'plan', reason: 'vague', status: 'dead', token: 1 });
  });

  test('a stale token changes nothing, writes no event and returns undefined', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const stale = await claimOne(store);
    await clock.advance(20_000);
    await store.recover({ deadHolders: () => false, now: clock.now() });
    const current = await claimOne(store, 'h2');
    const before = [await store.get(id), await store.events({ limit: 100 })];
    expect(
      await store.apply({ workflowId: id, token: stale.token, event: success }),
    ).toBeUndefined();
    expect([await store.get(id), await store.events({ limit: 100 })]).toEqual(before);
    expect(
      await store.apply({ workflowId: id, token: current.token, event: success }),
    ).toMatchObject({ record: { state: { phase: 'build' } } });
  });

  test('the same outcome twice is recorded once', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const both = await Promise.all([
      store.apply({ workflowId: id, token, event: success }),
      store.apply({ workflowId: id, token, event: success }),
    ]);
    expect(both[0]?.record.state.phase).toBe('build');
    expect(both[1]).toBeUndefined();
    expect((await store.get(id))?.state.artifacts).toHaveLength(1);
  });

  test('an outcome that is rolled back leaves the workflow to the next one of the same turn', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const [failed, applied] = await Promise.allSettled([
      store.apply({
        workflowId: id,
        token,
        event: { type: 'phase-succeeded', at, output: 'lost' },
        also: () => Promise.reject(new Error('not now')),
      }),
      store.apply({
        workflowId: id,
        token,
        event: { type: 'phase-succeeded', at, output: 'kept' },
      }),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'not now' } });
    expect(applied).toMatchObject({ status: 'fulfilled', value: { record: { id } } });
    expect((await store.get(id))?.state.artifacts).toMatchObject([{ output: 'kept' }]);
  });

  test('the outcome of a running workflow is refused without a token', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    await claimOne(store);
    await expect(store.apply({ workflowId: id, event: success })).rejects.toThrow(
      "workflow-store: token must be the claim's for phase-succeeded, got undefined",
    );
  });

  test('claimed is refused: only claim() gives a lease', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    await expect(store.apply({ workflowId: id, event: { type: 'claimed', at } })).rejects.toThrow(
      RangeError,
    );
  });

  test('an unknown workflow is an error that names it', async () => {
    const { store } = await temporaryStore();
    await expect(
      store.apply({ workflowId: 'nobody', event: { type: 'woken', at } }),
    ).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND', workflowId: 'nobody' });
  });

  test('cancelling a running workflow keeps its lease until its outcome ends it', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const asked = await store.apply({
      workflowId: id,
      event: { type: 'cancel-requested', at, reason: 'not needed' },
    });
    expect(asked?.commands).toEqual([{ type: 'stop-phase', reason: 'not needed' }]);
    expect(asked?.record.lease).toMatchObject({ token });
    const ended = await store.apply({ workflowId: id, token, event: failure });
    expect(ended?.record).toMatchObject({
      state: { status: 'cancelled', reason: 'not needed' },
      finishedAt: at,
    });
  });

  test('an event that does not apply is answered and not stored, and also does not run', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    let ran = false;
    const applied = await store.apply({
      workflowId: id,
      event: { type: 'woken', at },
      also: async () => {
        ran = true;
      },
    });
    expect(applied?.commands).toMatchObject([{ type: 'ignore' }]);
    expect(ran).toBe(false);
    expect(await store.events({ limit: 10 })).toHaveLength(1);
  });

  test('woken ends a wait at once', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    await store.apply({
      workflowId: id,
      event: {
        type: 'parked',
        at,
        until: at + 60_000,
        reason: { kind: 'gate', gate: 'approval' },
      },
    });
    expect(await claimUpTo(store, 1)).toEqual([]);
    await store.apply({ workflowId: id, event: { type: 'woken', at } });
    expect(await store.nextDueAt()).toBeUndefined();
    expect((await claimOne(store)).record.id).toBe(id);
  });

  test.each([
    ['parked', parked(Infinity)],
    ['retried', { ...failure, retryAt: Infinity }],
  ] as const)('what is %s at no time is not due at once', async (_what, event) => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const applied = await store.apply({ workflowId: id, token, event });
    expect(applied?.record.runAt).toBe(Number.MAX_SAFE_INTEGER);
    expect(await store.get(id)).toEqual(applied?.record);
    expect(await claimUpTo(store, 1)).toEqual([]);
  });

  test.each([
    ['event.at must be a finite number, got NaN', { ...success, at: Number.NaN }],
    ['event.output must be JSON, null for none, got undefined', { ...success, output: undefined }],
    ['event.until must be a number, got NaN', parked(Number.NaN)],
    ['event.retryAt must be a number, got NaN', { ...failure, retryAt: Number.NaN }],
  ])('what could not be read again is refused: %s', async (message, event) => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const refused = store.apply({ workflowId: id, token, event: event as WorkflowEvent });
    await expect(refused).rejects.toThrow(`workflow-store: ${message}`);
    expect((await store.get(id))?.state.status).toBe('running');
  });
});

async function storeWithGraves(onDeath?: (dead: DeadWorkflow) => void) {
  const opened = await temporaryStore({
    onDead: async (dead, trx) => {
      await sql`insert into graves values (${dead.record.id})`.execute(trx);
      onDeath?.(dead);
    },
  });
  await sql`create table graves (id text primary key)`.execute(opened.store.db);
  const graves = async () =>
    (await sql<{ id: string }>`select id from graves`.execute(opened.store.db)).rows;
  return { ...opened, graves };
}

describe('death', () => {
  test('the dead letter is written in the transaction of the death', async () => {
    let seen: DeadWorkflow | undefined;
    const { graves, store } = await storeWithGraves((dead) => {
      seen = dead;
    });
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const applied = await store.apply({ workflowId: id, token, event: failure });
    expect(applied?.record.state.status).toBe('dead');
    expect(await graves()).toEqual([{ id }]);
    expect(seen).toEqual({
      record: applied?.record,
      definition: threePhases,
      cause: { kind: 'failed', error: { code: 'BROKEN', message: 'it broke', retryable: false } },
      at,
    });
  });

  test('a dead letter that cannot be written leaves the workflow running, with its lease', async () => {
    const { graves, store } = await storeWithGraves(() => {
      throw new Error('no room');
    });
    const id = await submitOne(store);
    const { record, token } = await claimOne(store);
    await expect(store.apply({ workflowId: id, token, event: failure })).rejects.toThrow('no room');
    expect(await store.get(id)).toEqual(record);
    expect(await graves()).toEqual([]);
    expect(await store.openPhaseRuns()).toHaveLength(1);
  });

  test('also runs after the dead letter, in the same transaction', async () => {
    const { graves, store } = await storeWithGraves();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const outcome = store.apply({
      workflowId: id,
      token,
      event: failure,
      also: async (trx) => {
        const { rows } = await sql<{ id: string }>`delete from graves returning id`.execute(trx);
        throw new Error(`dug up ${rows[0]?.id}`);
      },
    });
    await expect(outcome).rejects.toThrow(`dug up ${id}`);
    expect(await graves()).toEqual([]);
    expect((await store.get(id))?.state.status).toBe('running');
  });

  test('a new input is what the workflow has from then on, and nobody has it when the event does not apply', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const requeued: WorkflowEvent = { type: 'requeued', at: clock.now(), phase: 'plan' };
    const early = await store.apply({ workflowId: id, event: requeued, input: { mended: false } });
    expect(early?.record).toEqual(await store.get(id));
    const { token } = await claimOne(store);
    await store.apply({ workflowId: id, token, event: failure });
    const input = { mended: [1, 'ä'] };
    const applied = await store.apply({ workflowId: id, event: requeued, input });
    expect(applied?.record.input).toEqual(input);
    expect((await store.get(id))?.input).toEqual(input);
    expect((await claimOne(store)).record.input).toEqual(input);
  });

  test('a new input is a copy, as the disk has it: what its owner does with it afterwards changes nothing', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    await store.apply({ workflowId: id, token, event: failure });
    const requeued: WorkflowEvent = { type: 'requeued', at: clock.now(), phase: 'plan' };
    const input = { list: [1, Number.NaN] };
    const applying = store.apply({ workflowId: id, event: requeued, input });
    input.list.push(2);
    expect((await applying)?.record.input).toEqual({ list: [1, null] });
    input.list.push(3);
    expect((await claimOne(store)).record.input).toEqual({ list: [1, null] });
    expect((await store.get(id))?.input).toEqual({ list: [1, null] });
  });

  test('a new input that is no object is refused: it could not be read again', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    await store.apply({ workflowId: id, token, event: failure });
    const requeued: WorkflowEvent = { type: 'requeued', at: clock.now(), phase: 'plan' };
    const input = [1] as unknown as JsonObject;
    await expect(store.apply({ workflowId: id, event: requeued, input })).rejects.toThrow(
      'workflow-store: input must be an object, got object',
    );
    expect((await store.get(id))?.state.status).toBe('dead');
  });

  test('requeued comes back with a new age and a new token', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    await store.apply({ workflowId: id, token, event: failure });
    await clock.advance(1_000);
    const other = await submitOne(store);
    await clock.advance(1_000);
    const applied = await store.apply({
      workflowId: id,
      event: { type: 'requeued', at: clock.now(), phase: 'plan' },
    });
    expect(applied?.record.finishedAt).toBeUndefined();
    const claims = await claimUpTo(store, 2);
    expect(claims.map((claim) => [claim.record.id, claim.token])).toEqual([
      [other, 1],
      [id, 2],
    ]);
  });
});
