import type { Clock } from '@chimera/policy';
import type { Transaction } from 'kysely';
import type { ClaimKeysOf } from './claim-keys.ts';
import type { Definitions } from './definitions.ts';
import type { EventNumbers } from './event-numbers.ts';
import type { RecentWorkflows } from './recent-workflows.ts';
import type { StatusTally } from './status-tally.ts';
import type { WriteStatements } from './statements.ts';
import type { StoreError } from './store-error.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { DeadWorkflow } from './workflow-record.ts';

export type OnDead = (dead: DeadWorkflow, trx: Transaction<ChimeraDatabase>) => Promise<void>;

/** What the store's operations work with. */
export interface StoreContext {
  readonly path: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sql: WriteStatements;
  readonly definitions: Definitions;
  readonly recent: RecentWorkflows;
  readonly tally: StatusTally;
  readonly eventNumbers: EventNumbers;
  readonly claimKeys: ClaimKeysOf;
  readonly onDead: OnDead | undefined;
  readonly onCorruptRow: (error: StoreError) => void;
}
