import type { Selectable } from 'kysely';
import type { WorkflowTable } from './tables.ts';

export type WorkflowRow = Selectable<WorkflowTable>;
/** The columns that an event can change. */
export type MovingRow = Pick<WorkflowRow, (typeof moving)[number]>;
/** Where a workflow stands in the indexes of the claim: all null while it is not claimable. */
export type ClaimColumns = Pick<WorkflowRow, (typeof ofClaim)[number]>;
export type CandidateRow = Pick<WorkflowRow, (typeof ofCandidate)[number]>;

export const moving = [
  'status',
  'phase',
  'state',
  'queued_at',
  'run_at',
  'ageing_key',
  'promotion_key',
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

/** All columns, and in which of them workflows that come together mostly differ. */
export const ofNew = {
  own: [
    'key',
    'id',
    'priority',
    'estimate_ms',
    'labels',
    'ageing_key',
    'promotion_key',
    'is_short',
    'last_event',
    'parent_index',
  ],
  shared: [
    'definition_name',
    'definition_hash',
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
  ],
} as const;

export const ofClaim = ['ageing_key', 'promotion_key', 'is_short'] as const;

export const ofCandidate = [
  'id',
  'definition_name',
  'definition_hash',
  'phase',
  'priority',
  'estimate_ms',
  'labels',
  'queued_at',
  'parent_id',
  'parent_fork',
  'parent_limit',
] as const;
