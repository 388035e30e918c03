import type { WorkflowState } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';
import { expect, test } from 'vitest';
import { stillToPass } from '../src/dead-letters/still-to-pass.ts';

const breakerOpen = {
  status: 'waiting',
  until: 1,
  reason: { kind: 'breaker-open', agent: 'worker' },
} as const;

test.each<[string, boolean, Partial<WorkflowState>]>([
  ['queued again', true, { status: 'queued', reason: 'requeued' }],
  ['parked for a breaker', true, breakerOpen],
  ['running', true, { status: 'running', cancelRequested: false }],
  ['queued for the next phase', false, { status: 'queued', reason: 'next-phase', phase: 'tell' }],
  ['parked in the next phase', false, { ...breakerOpen, phase: 'tell' }],
  ['back in the phase for rework', false, { ...breakerOpen, visits: { do: 2 } }],
  ['completed', false, { status: 'completed' }],
  ['cancelled', false, { status: 'cancelled', reason: 'enough' }],
  ['dead again', false, { status: 'dead', cause: { kind: 'recoveries-exhausted', recoveries: 1 } }],
])('a requeued workflow that is %s has still to pass its phase: %s', async (_, isStill, state) => {
  const record = { state: { phase: 'do', visits: { do: 1 }, ...state } } as WorkflowRecord;
  const store = { get: async (id: string) => (id === 'w1' ? record : undefined) };
  const letters = new Map([
    ['d1', { taskId: 'w1', phase: 'do' }],
    ['d2', { taskId: 'forgotten', phase: 'do' }],
  ]);
  expect(await stillToPass(['d1', 'd2'], letters, store)).toEqual(isStill ? ['d1'] : []);
});
