import { numberOption } from '@chimera/policy';
import { loadWorkflow } from './advance.ts';
import { applyEvent } from './apply.ts';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { isCorruptRow, type OnCorruptRow } from './unless-corrupt.ts';
import type { Applied } from './workflow-store.ts';

export function renewing(
  { clock, pending, recent, sql }: StoreContext,
  holder: string,
  tokens: ReadonlyMap<string, number>,
  leaseMs: number,
): Operation<readonly string[]> {
  numberOption('workflow-store', 'leaseMs', leaseMs, 1);
  return () => {
    const lease_expires_at = clock.now() + leaseMs;
    const lost: string[] = [];
    pending.flush();
    for (const [id, token] of tokens) {
      if (sql.renewLease.run({ id, holder, token, lease_expires_at }) === 0) lost.push(id);
      else recent.forget(id);
    }
    return { result: lost };
  };
}

/** Ids of running workflows whose holder is dead or whose lease has expired. */
export function abandoned(
  { pending, sql }: StoreContext,
  isDead: (holder: string) => boolean,
  now: number,
): readonly string[] {
  pending.flush();
  return sql.running
    .all({})
    .filter(({ holder, lease_expires_at: expiresAt }) =>
      holder === null || expiresAt === null ? true : expiresAt <= now || isDead(holder),
    )
    .map(({ id }) => id);
}

/** Takes one workflow from a holder that is gone; undefined when it has moved on meanwhile. */
export function recovering(
  context: StoreContext,
  id: string,
  isDead: (holder: string) => boolean,
  now: number,
): Operation<Applied | undefined> {
  return () => {
    const before = loadWorkflow(context, id);
    const lease = before?.record.lease;
    if (before === undefined || lease === undefined) return { result: undefined };
    if (lease.expiresAt > now && !isDead(lease.holder)) return { result: undefined };
    return applyEvent(context, before, { type: 'interrupted', at: now, cause: 'crash' });
  };
}

/**
 * Those that were recovered. What fails for one, such as a row that is damaged, keeps nobody else
 * from it: it is tried again. Throws where that is all there is.
 */
export function recoveredOf(
  taken: readonly PromiseSettledResult<Applied | undefined>[],
  onCorruptRow: OnCorruptRow,
): readonly Applied[] {
  const recovered: Applied[] = [];
  const failures: unknown[] = [];
  for (const one of taken) {
    if (one.status === 'fulfilled') recovered.push(...(one.value === undefined ? [] : [one.value]));
    else if (isCorruptRow(one.reason)) onCorruptRow(one.reason);
    else failures.push(one.reason);
  }
  if (recovered.length === 0 && failures.length > 0) throw failures[0];
  return recovered;
}
