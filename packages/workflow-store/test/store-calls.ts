import assert from 'node:assert/strict';
import type { VirtualClock } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import * as fc from 'fast-check';
import type { WorkflowStore } from '../src/index.ts';
import type { StoreModel } from './store-model.ts';
import { newWorkflow } from './temporary-store.ts';

const leaseMs = 100;
const holders = ['h1', 'h2'];
const error = { code: 'E', message: 'e', retryable: true };

/** One call, with numbers that pick among what exists when it is made. */
export type Call =
  | { readonly call: 'submit'; readonly priority: number; readonly delayMs: number }
  | {
      readonly call: 'claim';
      readonly holder: number;
      readonly limit: number;
      readonly skip: number;
    }
  | {
      readonly call: 'apply';
      readonly pick: number;
      readonly event: EventKind;
      readonly age: number;
    }
  | { readonly call: 'renew'; readonly holder: number }
  | { readonly call: 'recover'; readonly dead: number };

const eventKinds = [
  'succeed',
  'reject',
  'fail',
  'retry',
  'park',
  'yield',
  'wake',
  'cancel',
  'requeue',
] as const;
type EventKind = (typeof eventKinds)[number];

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant('submit'),
      priority: fc.integer({ min: 0, max: 2 }),
      delayMs: fc.constantFrom(0, 0, 50),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant('claim'),
      holder: fc.nat(1),
      limit: fc.integer({ min: 1, max: 3 }),
      skip: fc.nat(1),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      call: fc.constant('apply'),
      pick: fc.nat(),
      event: fc.constantFrom(...eventKinds),
      // How many claims old the token is: only 0 is good.
      age: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('renew'), holder: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('recover'), dead: fc.nat(2) }) },
);

/** Bursts of calls made together, with time passing in between. */
export const history: fc.Arbitrary<
  readonly { readonly passMs: number; readonly calls: readonly Call[] }[]
> = fc.array(
  fc.record({ passMs: fc.constantFrom(0, 1, 40, 120), calls: fc.array(call, { maxLength: 6 }) }),
  { maxLength: 12 },
);

function eventOf(kind: EventKind, at: number): WorkflowEvent {
  switch (kind) {
    case 'succeed':
      return { type: 'phase-succeeded', at, output: { at } };
    case 'reject':
      return { type: 'phase-rejected', at, reason: 'no', output: at % 2 === 0 ? null : 'why' };
    case 'fail':
      return { type: 'phase-failed', at, error, retryAt: undefined };
    case 'retry':
      return { type: 'phase-failed', at, error, retryAt: at + 30 };
    case 'park':
      return { type: 'parked', at, until: at + 60, reason: { kind: 'limit', limit: 'x' } };
    case 'yield':
      return { type: 'interrupted', at, cause: 'shutdown' };
    case 'wake':
      return { type: 'woken', at };
    case 'cancel':
      return { type: 'cancel-requested', at, reason: 'enough' };
    case 'requeue':
      return { type: 'requeued', at, phase: 'build' };
  }
}

/**
 * Makes a call on the store, and returns the check of its answer. The check makes the same call on
 * the model, so checks run in the order of the calls.
 */
export function make(
  made: Call,
  store: WorkflowStore,
  model: StoreModel,
  clock: VirtualClock,
): () => Promise<void> {
  const at = clock.now();
  switch (made.call) {
    case 'submit': {
      const { delayMs, priority } = made;
      const submitted = store.submit([
        newWorkflow({ priority, ...(delayMs === 0 ? {} : { runAt: at + delayMs }) }),
      ]);
      return async () => {
        const [first] = await submitted;
        model.submit(first?.id ?? '', priority, at, at + delayMs);
      };
    }
    case 'claim': {
      const { limit, skip } = made;
      const holder = holders[made.holder] ?? '';
      let offered: readonly string[] = [];
      const claimed = store.claim({
        holder,
        leaseMs,
        limit,
        choose: (candidates) => {
          offered = candidates.map(({ id }) => id);
          return offered.slice(skip);
        },
      });
      return async () => {
        const claims = await claimed;
        assert.deepEqual(offered, model.claimable(at));
        assert.deepEqual(
          claims.map(({ record }) => record.id),
          offered.slice(skip, skip + limit),
        );
        for (const { record, token } of claims)
          assert.equal(token, model.claim(record.id, holder, at, at + leaseMs));
      };
    }
    case 'apply': {
      const all = [...model.workflows.values()];
      const workflow = all[made.pick % all.length];
      if (workflow === undefined) return () => Promise.resolve();
      const { id, token: newest } = workflow;
      const event = eventOf(made.event, at);
      // Whoever holds no token can only ask for what needs none.
      const isOutcome = !['wake', 'cancel', 'requeue'].includes(made.event);
      const token = isOutcome ? Math.max(newest, 1) - made.age : undefined;
      const applied = store.apply({
        workflowId: id,
        event,
        ...(token === undefined ? {} : { token }),
      });
      return async () => {
        const answer = await applied;
        assert.equal(answer !== undefined, model.apply(id, event, token));
        assert.deepEqual(answer?.record.state, answer && model.workflows.get(id)?.state);
      };
    }
    case 'renew': {
      const holder = holders[made.holder] ?? '';
      const held = [...model.workflows.values()].map(({ id, token }) => [id, token] as const);
      const renewed = store.renew(holder, new Map(held), leaseMs);
      return async () => {
        const lost = held
          .filter(([id, token]) => !model.renew(id, holder, token, at + leaseMs))
          .map(([id]) => id);
        assert.deepEqual(await renewed, lost);
      };
    }
    case 'recover': {
      const dead = holders[made.dead] ?? 'nobody';
      // Made when its turn comes: it is a look and then a write, and others may come in between.
      return async () => {
        const recovered = await store.recover({
          deadHolders: (holder) => holder === dead,
          now: at,
        });
        assert.deepEqual(
          recovered.map(({ record }) => record.id),
          model.recover(dead, at),
        );
      };
    }
  }
}
