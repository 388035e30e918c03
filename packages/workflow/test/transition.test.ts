import { describe, expect, it } from 'vitest';
import {
  type FailureRecord,
  type Progress,
  defineWorkflow,
  initialState,
  maxRecoveries,
  transition,
  type WorkflowCommand,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';

const definition = defineWorkflow({
  name: 'build',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '5s' },
    { name: 'code', stage: 'implementation', agent: 'coder', timeout: '5s', maxVisits: 2 },
    { name: 'check', stage: 'validation', agent: 'tester', timeout: '5s', onRejected: 'code' },
  ],
});

const error: FailureRecord = { code: 'AGENT_FAILED', message: 'exit code 1', retryable: true };
const fresh: Progress = {
  phase: 'plan',
  visits: { plan: 1 },
  attempts: 0,
  retries: 0,
  recoveries: 0,
  artifacts: [],
  feedback: [],
};
const tried: Progress = { ...fresh, attempts: 1 };
const planned = [{ phase: 'plan', visit: 1, output: 'the plan' }];
const inCheck: Progress = {
  ...fresh,
  phase: 'check',
  visits: { plan: 1, code: 1, check: 1 },
  attempts: 2,
  retries: 1,
  artifacts: planned,
};
const inLastCheck: Progress = { ...inCheck, visits: { plan: 1, code: 2, check: 2 } };

const running = (progress: Progress): WorkflowState => ({
  ...progress,
  status: 'running',
  cancelRequested: false,
});
const cancelling = (progress: Progress): WorkflowState => ({
  ...progress,
  status: 'running',
  cancelRequested: true,
  cancelReason: 'not needed',
});
const waiting = (progress: Progress): WorkflowState => ({
  ...progress,
  status: 'waiting',
  until: 50,
  reason: { kind: 'retry', error },
});
const dead = (progress: Progress): WorkflowState => ({
  ...progress,
  status: 'dead',
  cause: { kind: 'failed', error },
});
const cancelled = (progress: Progress): WorkflowState => ({
  ...progress,
  status: 'cancelled',
  reason: 'not needed',
});

const at = 10;
const succeeded: WorkflowEvent = { type: 'phase-succeeded', at, output: 'the plan' };
const rejected: WorkflowEvent = { type: 'phase-rejected', at, reason: 'red', output: ['a.ts'] };
const silentlyRejected: WorkflowEvent = { ...rejected, output: null };
const failedForNow: WorkflowEvent = { type: 'phase-failed', at, error, retryAt: 50 };
const failedForGood: WorkflowEvent = { type: 'phase-failed', at, error, retryAt: undefined };
const open = { kind: 'breaker-open', agent: 'planner' } as const;
const parked: WorkflowEvent = { type: 'parked', at, until: 50, reason: open };
const shutdown: WorkflowEvent = { type: 'interrupted', at, cause: 'shutdown' };
const crash: WorkflowEvent = { type: 'interrupted', at, cause: 'crash' };
const cancel: WorkflowEvent = { type: 'cancel-requested', at, reason: 'not needed' };
const verdict = { reason: 'red', output: ['a.ts'] } as const;

interface Row {
  readonly claim: string;
  readonly from: WorkflowState;
  readonly event: WorkflowEvent;
  readonly to: WorkflowState;
  readonly commands?: readonly WorkflowCommand[];
}

const table: readonly Row[] = [
  {
    claim: 'a claim starts the first attempt',
    from: { ...fresh, status: 'queued', reason: 'new' },
    event: { type: 'claimed', at },
    to: running(tried),
    commands: [{ type: 'run-phase', phase: 'plan', attempt: 1 }],
  },
  {
    claim: 'a claim of a due wait starts the next attempt',
    from: waiting(tried),
    event: { type: 'claimed', at: 50 },
    to: running({ ...tried, attempts: 2 }),
    commands: [{ type: 'run-phase', phase: 'plan', attempt: 2 }],
  },
  {
    claim: 'success leaves an artifact and enters the next phase with fresh attempts',
    from: running(tried),
    event: succeeded,
    to: {
      ...fresh,
      phase: 'code',
      visits: { plan: 1, code: 1 },
      artifacts: planned,
      status: 'queued',
      reason: 'next-phase',
    },
  },
  {
    claim: 'success of the last phase completes',
    from: running(inCheck),
    event: { type: 'phase-succeeded', at, output: 'green' },
    to: {
      ...inCheck,
      artifacts: [...planned, { phase: 'check', visit: 1, output: 'green' }],
      status: 'completed',
    },
  },
  {
    claim: 'a rejection goes back to its phase with feedback, and keeps every artifact',
    from: running(inCheck),
    event: rejected,
    to: {
      ...inCheck,
      phase: 'code',
      visits: { plan: 1, code: 2, check: 1 },
      attempts: 0,
      artifacts: [...planned, { phase: 'check', visit: 1, output: ['a.ts'] }],
      feedback: [{ fromPhase: 'check', visit: 1, ...verdict }],
      status: 'queued',
      reason: 'rework',
    },
  },
  {
    claim: 'a rejection without output leaves feedback but no artifact',
    from: running(inCheck),
    event: silentlyRejected,
    to: {
      ...inCheck,
      phase: 'code',
      visits: { plan: 1, code: 2, check: 1 },
      attempts: 0,
      feedback: [{ fromPhase: 'check', visit: 1, reason: 'red', output: null }],
      status: 'queued',
      reason: 'rework',
    },
  },
  {
    claim: 'a rejection where no visit is left is death by rework',
    from: running(inLastCheck),
    event: silentlyRejected,
    to: {
      ...inLastCheck,
      feedback: [{ fromPhase: 'check', visit: 2, reason: 'red', output: null }],
      status: 'dead',
      cause: { kind: 'rework-exhausted', reason: 'red', output: null },
    },
    commands: [
      { type: 'dead-letter', cause: { kind: 'rework-exhausted', reason: 'red', output: null } },
    ],
  },
  {
    claim: 'a rejection in a phase without a way back is death',
    from: running(tried),
    event: silentlyRejected,
    to: {
      ...tried,
      feedback: [{ fromPhase: 'plan', visit: 1, reason: 'red', output: null }],
      status: 'dead',
      cause: { kind: 'rejected', reason: 'red', output: null },
    },
    commands: [{ type: 'dead-letter', cause: { kind: 'rejected', reason: 'red', output: null } }],
  },
  {
    claim: 'a failure with a retry waits for it',
    from: running(tried),
    event: failedForNow,
    to: waiting({ ...tried, retries: 1 }),
  },
  {
    claim: 'a failure without a retry is death',
    from: running(tried),
    event: failedForGood,
    to: dead(tried),
    commands: [{ type: 'dead-letter', cause: { kind: 'failed', error } }],
  },
  {
    claim: "a retry beyond the definition's bound is death",
    from: running({ ...tried, attempts: 4 }),
    event: failedForNow,
    to: dead({ ...tried, attempts: 4 }),
    commands: [{ type: 'dead-letter', cause: { kind: 'failed', error } }],
  },
  {
    claim: 'a refusal gives the attempt back and waits',
    from: running({ ...tried, attempts: 3 }),
    event: parked,
    to: { ...tried, attempts: 2, status: 'waiting', until: 50, reason: open },
  },
  {
    claim: 'a refusal before the claim waits',
    from: { ...fresh, status: 'queued', reason: 'new' },
    event: parked,
    to: { ...fresh, status: 'waiting', until: 50, reason: open },
  },
  {
    claim: 'a refusal of a due wait waits again',
    from: waiting(tried),
    event: { ...parked, at: 50, until: 90 },
    to: { ...tried, status: 'waiting', until: 90, reason: open },
  },
  {
    claim: 'a refusal without an end is stored as the last instant',
    from: running(tried),
    event: { ...parked, until: Infinity },
    to: { ...fresh, status: 'waiting', until: Number.MAX_SAFE_INTEGER, reason: open },
  },
  {
    claim: 'a shutdown gives the attempt back',
    from: running(tried),
    event: shutdown,
    to: { ...fresh, status: 'queued', reason: 'shutdown' },
  },
  {
    claim: 'a crash gives the attempt back and is counted',
    from: running(tried),
    event: crash,
    to: { ...fresh, recoveries: 1, status: 'queued', reason: 'recovered' },
  },
  {
    claim: 'the last crash that is survived',
    from: running({ ...tried, recoveries: maxRecoveries - 1 }),
    event: crash,
    to: { ...fresh, recoveries: maxRecoveries, status: 'queued', reason: 'recovered' },
  },
  {
    claim: 'one crash more is death',
    from: running({ ...tried, recoveries: maxRecoveries }),
    event: crash,
    to: {
      ...fresh,
      recoveries: maxRecoveries + 1,
      status: 'dead',
      cause: { kind: 'recoveries-exhausted', recoveries: maxRecoveries + 1 },
    },
    commands: [
      {
        type: 'dead-letter',
        cause: { kind: 'recoveries-exhausted', recoveries: maxRecoveries + 1 },
      },
    ],
  },
  {
    claim: 'waking ends a wait before its time',
    from: waiting(tried),
    event: { type: 'woken', at },
    to: { ...tried, status: 'queued', reason: 'woken' },
  },
  {
    claim: 'what waits is cancelled at once',
    from: waiting(tried),
    event: cancel,
    to: cancelled(tried),
  },
  {
    claim: 'what is queued is cancelled at once',
    from: { ...fresh, status: 'queued', reason: 'new' },
    event: cancel,
    to: cancelled(fresh),
  },
  {
    claim: 'what runs is told to stop first',
    from: running(tried),
    event: cancel,
    to: cancelling(tried),
    commands: [{ type: 'stop-phase', reason: 'not needed' }],
  },
  {
    claim: 'success under cancellation is recorded and ends cancelled, also in the last phase',
    from: cancelling(inCheck),
    event: { type: 'phase-succeeded', at, output: 'green' },
    to: cancelled({
      ...inCheck,
      artifacts: [...planned, { phase: 'check', visit: 1, output: 'green' }],
    }),
  },
  {
    claim: 'a rejection under cancellation is recorded and ends cancelled',
    from: cancelling(inCheck),
    event: silentlyRejected,
    to: cancelled({
      ...inCheck,
      feedback: [{ fromPhase: 'check', visit: 1, reason: 'red', output: null }],
    }),
  },
  {
    claim: 'a failure under cancellation ends cancelled',
    from: cancelling(tried),
    event: failedForGood,
    to: cancelled(tried),
  },
  {
    claim: 'a refusal under cancellation ends cancelled',
    from: cancelling(tried),
    event: parked,
    to: cancelled(fresh),
  },
  {
    claim: 'a crash under cancellation ends cancelled',
    from: cancelling(tried),
    event: crash,
    to: cancelled({ ...fresh, recoveries: 1 }),
  },
  {
    claim: 'a requeue starts afresh at the phase given and keeps what was made',
    from: dead({ ...inLastCheck, recoveries: 4 }),
    event: { type: 'requeued', at, phase: 'code' },
    to: {
      ...inLastCheck,
      phase: 'code',
      visits: { code: 1 },
      attempts: 0,
      recoveries: 0,
      requeues: 1,
      status: 'queued',
      reason: 'requeued',
    },
  },
];

it.each(table)('$claim', ({ from, event, to, commands }) => {
  expect(transition(definition, from, event)).toEqual({ state: to, commands: commands ?? [] });
});

describe('an event that does not apply changes nothing and says why', () => {
  const ignoredEvents: readonly (readonly [WorkflowState, WorkflowEvent, string])[] = [
    [
      waiting(tried),
      { type: 'claimed', at: 49 },
      'claimed does not apply to a waiting workflow: it waits until 50',
    ],
    [running(tried), { type: 'claimed', at }, 'claimed does not apply to a running workflow'],
    [
      waiting(tried),
      { ...parked, at: 49 },
      'parked does not apply to a waiting workflow: it waits until 50 already',
    ],
    [
      cancelling(tried),
      cancel,
      'cancel-requested does not apply to a running workflow: its cancellation is under way',
    ],
    [cancelled(tried), succeeded, 'phase-succeeded does not apply to a cancelled workflow'],
    [
      waiting(tried),
      { type: 'requeued', at, phase: 'plan' },
      'requeued does not apply to a waiting workflow',
    ],
    [
      dead(tried),
      { type: 'requeued', at, phase: 'paint' },
      '"build" has no phase "paint"; it has plan, code, check',
    ],
    [
      running({ ...tried, phase: 'paint' }),
      succeeded,
      '"build" has no phase "paint"; it has plan, code, check',
    ],
  ];

  it.each(ignoredEvents)('%#: %o', (state, event, reason) => {
    const step = transition(definition, state, event);
    expect(step.state).toBe(state);
    expect(step.commands).toEqual([{ type: 'ignore', reason }]);
  });
});

it('does not begin rework that no visit is left to validate', () => {
  const generous = defineWorkflow({
    name: 'generous',
    phases: [
      { name: 'code', stage: 'implementation', agent: 'coder', timeout: '5s', maxVisits: 9 },
      {
        name: 'check',
        stage: 'validation',
        agent: 'tester',
        timeout: '5s',
        onRejected: 'code',
        maxVisits: 1,
      },
    ],
  });
  const events: readonly WorkflowEvent[] = [
    { type: 'claimed', at },
    succeeded,
    { type: 'claimed', at },
    rejected,
  ];
  const end = events.reduce<WorkflowState>(
    (state, event) => transition(generous, state, event).state,
    initialState(generous),
  );
  expect(end).toMatchObject({
    status: 'dead',
    phase: 'check',
    visits: { code: 1 },
    cause: { kind: 'rework-exhausted' },
  });
});

it('starts queued at the first phase, on its first visit', () => {
  expect(initialState(definition)).toEqual({ ...fresh, status: 'queued', reason: 'new' });
});
