import { type Random, seededRandom } from '@chimera/policy';
import {
  initialState,
  transition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import {
  claimed,
  claimedOne,
  expectEqual,
  submitted,
  tried,
  type WorkflowStoreLaw,
  type WorkflowStoreUnderTest,
} from './store-under-test.ts';

const error = { code: 'BROKEN', message: 'it broke', retryable: true };

function eventAt(at: number, kind: number): WorkflowEvent {
  switch (kind) {
    case 0:
      return { type: 'phase-rejected', at, reason: 'no', output: { why: 'tests' } };
    case 1:
      return { type: 'phase-failed', at, error, retryAt: at + 30 };
    case 2:
      return { type: 'parked', at, until: at + 60, reason: { kind: 'limit', limit: 'x' } };
    case 3:
      return { type: 'interrupted', at, cause: 'shutdown' };
    default:
      return { type: 'phase-succeeded', at, output: { at } };
  }
}

/** One workflow from its start to its end, with whatever events come. */
async function playThrough(subject: WorkflowStoreUnderTest, random: Random): Promise<void> {
  const [id = ''] = await submitted(subject, {});
  let state: WorkflowState = initialState(tried);
  for (;;) {
    await subject.advance(100);
    const [claim] = await claimed(subject);
    if (claim === undefined) return;
    const at = subject.now();
    state = transition(tried, state, { type: 'claimed', at }).state;
    expectEqual(claim.record.state, state, 'the state after a claim');
    const event = eventAt(at, Math.floor(random() * 7));
    state = transition(tried, state, event).state;
    const applied = await subject.store.apply({ workflowId: id, token: claim.token, event });
    expectEqual(applied?.record.state, state, `the state after a ${event.type}`);
    expectEqual((await subject.store.get(id))?.state, state, 'the state when asked again');
  }
}

export const eventLaws: readonly WorkflowStoreLaw[] = [
  {
    id: 'store-16',
    name: 'a state is what the pure machine makes of its events',
    check: async (subject) => {
      const random = seededRandom(1);
      for (let turn = 0; turn < 6; turn += 1) await playThrough(subject, random);
    },
  },
  {
    id: 'store-17',
    name: 'the log has every event once, under numbers that rise, in the order in which they came',
    check: async (subject) => {
      const { store } = subject;
      const [id = ''] = await submitted(subject, {});
      const { token } = await claimedOne(subject);
      const event = eventAt(subject.now(), 9);
      await store.apply({ workflowId: id, token, event });
      // It changes nothing: it leaves no trace.
      await store.apply({ workflowId: id, event: { type: 'woken', at: subject.now() } });
      const events = await store.events({ workflowId: id, limit: 10 });
      expectEqual(
        events.map(({ type }) => type),
        ['submitted', 'claimed', 'phase-succeeded'],
        'the log',
      );
      const rises = events.every(({ seq }, index) => seq > (events[index - 1]?.seq ?? 0));
      expectEqual(rises, true, 'numbers that rise');
      const [, second] = events;
      const after = await store.events({ after: second?.seq ?? 0, limit: 10 });
      expectEqual(after, events.slice(2), 'the log after the second');
    },
  },
  {
    id: 'store-18',
    name: 'a phase run is open while its workflow runs, and ends with the outcome that ended it',
    check: async (subject) => {
      const { store } = subject;
      const [id = ''] = await submitted(subject, {});
      const { token } = await claimedOne(subject);
      expectEqual(
        (await store.openPhaseRuns()).map((run) => [run.workflowId, run.token]),
        [[id, token]],
        'open runs',
      );
      await store.apply({ workflowId: id, token, event: eventAt(subject.now(), 1) });
      expectEqual(await store.openPhaseRuns(), [], 'open runs after the outcome');
      const [run] = await store.phaseRuns(id);
      expectEqual([run?.phase, run?.endedAt], ['plan', subject.now()], 'the run');
    },
  },
  {
    id: 'store-19',
    name: 'what is to happen with an event happens in its transaction, or neither does',
    check: async (subject) => {
      const { store } = subject;
      const [id = ''] = await submitted(subject, {});
      const { record, token } = await claimedOne(subject);
      const failed = store.apply({
        workflowId: id,
        token,
        event: eventAt(subject.now(), 9),
        also: () => Promise.reject(new Error('it does not fit')),
      });
      expectEqual(
        await failed.then(
          () => 'no error',
          (reason: Error) => reason.message,
        ),
        'it does not fit',
        'the error',
      );
      expectEqual(await store.get(id), record, 'the record');
    },
  },
  {
    id: 'store-20',
    name: 'an event of a workflow that is not there is an error',
    check: async ({ now, store }) => {
      const code = await store
        .apply({ workflowId: 'nobody', event: { type: 'woken', at: now() } })
        .then(
          () => 'no error',
          (reason: { readonly code?: string }) => reason.code,
        );
      expectEqual(code, 'WORKFLOW_NOT_FOUND', 'the error');
    },
  },
];
