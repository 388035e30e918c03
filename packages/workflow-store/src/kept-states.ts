import type { Json } from '@chimera/workflow';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';

/** What other parts want to find again after a restart, such as the state of a breaker; the last word counts. */
export interface KeptState {
  /** What part it is of: names are its own. */
  readonly kind: string;
  readonly name: string;
  readonly state: Json;
}

export function keepingStates(
  { sql }: StoreContext,
  states: readonly KeptState[],
): Operation<void> {
  const rows = states.map(({ kind, name, state }) => ({ kind, name, body: JSON.stringify(state) }));
  return () => {
    for (const row of rows) sql.keepState.run(row);
    return { result: undefined };
  };
}
