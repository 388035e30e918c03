import type { Selectable } from 'kysely';
import type { AlikeColumns } from './alike-rows.ts';
import type { EventTable, WorkflowTable } from './tables.ts';

export type WorkflowRow = Selectable<WorkflowTable>;
/** The columns that an event can change. */
export type MovingRow = Pick<WorkflowRow, (typeof moving)[number]>;
export type CandidateRow = Pick<WorkflowRow, (typeof ofCandidate)[number]>;

export const moving = [
  'status',
  'phase',
  'state',
  'queued_at',
  'run_at',
  'is_short',
  'held_by',
  'due_at',
  'token',
  'holder',
  'lease_expires_at',
  'started_at',
  'updated_at',
  'finished_at',
  'last_event',
] as const;

const ofAnyNew = [
  'definition_name',
  'definition_key',
  'status',
  'phase',
  'state',
  'queued_at',
  'run_at',
  'held_by',
  'due_at',
  'token',
  'holder',
  'lease_expires_at',
  'created_at',
  'started_at',
  'updated_at',
  'finished_at',
  'parent_id',
  'parent_fork',
  'parent_limit',
] as const;

const ofOneNew = ['priority', 'estimate_ms', 'labels', 'is_short', 'parent_index'] as const;

/** All columns, by what workflows that come together share: all that they can, or what they mostly do. */
export const ofNew: readonly AlikeColumns<WorkflowRow>[] = [
  { shared: [...ofAnyNew, ...ofOneNew], own: ['key', 'id', 'last_event'] },
  { shared: ofAnyNew, own: ['key', 'id', 'last_event', ...ofOneNew] },
];

/** Of events that come together. Claims and submits bring nothing, and many at once say the same. */
export const ofEvent: readonly AlikeColumns<EventTable>[] = [
  {
    shared: ['at', 'type', 'data', 'added', 'evidence'],
    own: ['seq', 'workflow_key', 'previous'],
  },
  {
    shared: ['at', 'type'],
    own: ['seq', 'workflow_key', 'previous', 'data', 'added', 'evidence'],
  },
];

export const ofCandidate = [
  'id',
  'definition_name',
  'definition_key',
  'phase',
  'priority',
  'estimate_ms',
  'labels',
  'queued_at',
  'parent_id',
  'parent_fork',
  'parent_limit',
] as const;
