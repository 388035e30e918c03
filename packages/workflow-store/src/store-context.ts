import type { Clock } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import type { Transaction } from 'kysely';
import type { AlikeTexts } from './alike-texts.ts';
import type { ClaimKeysOf } from './claim-keys.ts';
import type { Definitions } from './definitions.ts';
import type { KeyLimits } from './key-limits.ts';
import type { NextDue } from './next-due.ts';
import type { PendingRows } from './pending-rows.ts';
import type { QueueFront } from './queue-front.ts';
import type { RecentWorkflows } from './recent-workflows.ts';
import type { RisingIds } from './rising-ids.ts';
import type { RisingNumbers } from './rising-numbers.ts';
import type { StatusTally } from './status-tally.ts';
import type { WriteStatements } from './write-statements.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { OnCorruptRow } from './unless-corrupt.ts';
import type { DeadWorkflow } from './workflow-record.ts';

export type OnDead = (dead: DeadWorkflow, trx: Transaction<ChimeraDatabase>) => Promise<void>;

/** What the store's operations work with. */
export interface StoreContext {
  readonly path: string;
  readonly clock: Clock;
  readonly newIds: RisingIds;
  readonly sql: WriteStatements;
  readonly definitions: Definitions;
  readonly pending: PendingRows;
  readonly recent: RecentWorkflows;
  readonly front: QueueFront;
  readonly nextDue: NextDue;
  readonly tally: StatusTally;
  readonly eventNumbers: RisingNumbers;
  readonly eventTexts: AlikeTexts<WorkflowEvent['type'] | 'submitted'>;
  /** Keys of workflows' rows. */
  readonly workflowKeys: RisingNumbers;
  readonly claimKeys: ClaimKeysOf;
  readonly limits: KeyLimits;
  /** False when there is surely no fork whose children are still being stopped. */
  readonly stopping: { mayBeLeft: boolean };
  readonly onDead: OnDead | undefined;
  readonly onCorruptRow: OnCorruptRow;
}
