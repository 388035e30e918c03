import * as fc from 'fast-check';
import type {
  Json,
  ParkReason,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowState,
} from '@chimera/workflow';
import { DefinitionError, defineWorkflow } from '@chimera/workflow';

const names = ['a', 'b', 'c', 'd'] as const;

const joins = fc.constantFrom('all', 'any', { atLeast: 2 });
/** Every third phase has three children, or one for each item of a list. */
const doers = fc.oneof(
  { weight: 2, arbitrary: fc.record({ agent: fc.constantFrom('first', 'second') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      children: fc.oneof(
        fc.record({
          start: fc.constant(['child', 'child', 'child'].map((workflow) => ({ workflow }))),
          join: joins,
        }),
        fc.record({
          forEach: fc.constant('/input/list'),
          start: fc.constant([{ workflow: 'child' }]),
          join: joins,
        }),
      ),
    }),
  },
);

/** Any definition of up to four phases that the rules accept. */
export const definitions: fc.Arbitrary<WorkflowDefinition> = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => {
    const used = names.slice(0, count);
    return fc.tuple(
      ...used.map((name) =>
        fc
          .record(
            {
              name: fc.constant(name),
              stage: fc.constantFrom('planning', 'implementation', 'validation'),
              doer: doers,
              timeout: fc.constant('5s'),
              retry: fc.record({ maxRetries: fc.nat(2) }),
              onSuccess: fc.constantFrom('completed', ...used),
              onRejected: fc.constantFrom('dead', ...used),
              maxVisits: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant('unlimited')),
            },
            { requiredKeys: ['name', 'stage', 'doer', 'timeout'] },
          )
          .map(({ doer, ...phase }) => ({ ...phase, ...doer })),
      ),
    );
  })
  .chain((phases) =>
    fc
      .option(fc.integer({ min: 1, max: 20 }), { nil: undefined })
      .map((timeout) =>
        accepted({ name: 'random', phases, ...(timeout === undefined ? {} : { timeout }) }),
      ),
  )
  .filter((definition) => definition !== undefined);

function accepted(raw: unknown): WorkflowDefinition | undefined {
  try {
    return defineWorkflow(raw);
  } catch (error) {
    if (error instanceof DefinitionError) return undefined;
    throw error;
  }
}

const instants = fc.oneof(fc.nat(20), fc.constant(Infinity));
// JSON has no -0; an agent's output came through JSON.
const outputs = fc.json({ maxDepth: 1 }).map((text) => JSON.parse(text) as Json);
const failures = fc.record({
  code: fc.constantFrom('AGENT_TIMEOUT', 'AGENT_FAILED'),
  message: fc.string(),
  retryable: fc.boolean(),
});
const parkReasons: fc.Arbitrary<ParkReason> = fc.oneof(
  fc.record({ kind: fc.constant('retry' as const), error: failures }),
  fc.record({ kind: fc.constant('breaker-open' as const), agent: fc.constant('first') }),
  fc.record({ kind: fc.constant('limit' as const), limit: fc.constant('provider') }),
  fc.record({ kind: fc.constant('gate' as const), gate: fc.constant('approval') }),
);
const waitReasons = fc.oneof(
  { weight: 4, arbitrary: parkReasons },
  fc.record({
    kind: fc.constant('children' as const),
    pending: fc.nat(3),
    done: fc.nat(3),
    failed: fc.nat(3),
  }),
);
const at = fc.nat(20);
const claims = fc.record({ type: fc.constant('claimed' as const), at });

/** Mostly the first visit of a phase: it is where histories are. */
const forks = fc
  .tuple(fc.constantFrom(0, 0, 0, 1), fc.constantFrom(...names), fc.constantFrom(1, 1, 1, 2))
  .map(([requeues, name, visit]) => `${requeues}:${name}:${visit}`);

/** Claims are every third event: without them nothing else applies. */
export const events: fc.Arbitrary<WorkflowEvent> = fc.oneof(
  { weight: 4, arbitrary: claims },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('phase-succeeded' as const), at, output: outputs }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('phase-rejected' as const),
      at,
      reason: fc.string(),
      output: outputs,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('phase-failed' as const),
      at,
      error: failures,
      retryAt: fc.option(instants, { nil: undefined, freq: 8 }),
    }),
  },
  fc.record({ type: fc.constant('timed-out' as const), at }),
  fc.record({ type: fc.constant('parked' as const), at, until: instants, reason: parkReasons }),
  fc.record({
    type: fc.constant('interrupted' as const),
    at,
    cause: fc.constantFrom('shutdown' as const, 'crash' as const),
  }),
  fc.record({ type: fc.constant('woken' as const), at }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('children-started' as const),
      at,
      count: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('children-added' as const),
      at,
      count: fc.nat(3),
      total: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('child-ended' as const),
      at,
      fork: forks,
      index: fc.integer({ min: -1, max: 3 }),
      outcome: fc.constantFrom('completed' as const, 'failed' as const),
    }),
  },
  fc.record({
    type: fc.constant('child-requeued' as const),
    at,
    fork: forks,
    index: fc.nat(3),
  }),
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('cancel-requested' as const),
      at,
      reason: fc.string(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('requeued' as const),
      at,
      phase: fc.constantFrom(...names),
    }),
  },
);

const progress = fc.record({
  phase: fc.constantFrom(...names, 'gone'),
  visits: fc.dictionary(fc.constantFrom(...names), fc.nat(4)),
  attempts: fc.nat(4),
  retries: fc.nat(4),
  recoveries: fc.nat(12),
  artifacts: fc.constant([]),
  feedback: fc.constant([]),
});
const deadlines = fc.option(fc.record({ deadline: fc.nat(20) }), { nil: {} });
const statuses = fc.oneof(
  fc.record({ status: fc.constant('queued' as const), reason: fc.constant('new' as const) }),
  fc.record({ status: fc.constant('running' as const), cancelRequested: fc.boolean() }),
  fc.record({
    status: fc.constant('running' as const),
    cancelRequested: fc.boolean(),
    timedOut: fc.constant(true as const),
  }),
  fc.record({ status: fc.constant('waiting' as const), until: fc.nat(20), reason: waitReasons }),
  fc.record({ status: fc.constant('completed' as const) }),
  fc.record({
    status: fc.constant('dead' as const),
    cause: fc.record({ kind: fc.constant('failed' as const), error: failures }),
  }),
  fc.record({ status: fc.constant('cancelled' as const), reason: fc.string() }),
);

/** Any state at all, those that no history leads to included. */
export const states: fc.Arbitrary<WorkflowState> = fc
  .tuple(progress, deadlines, statuses)
  .map(([known, timed, own]) => ({ ...known, ...timed, ...own }));
