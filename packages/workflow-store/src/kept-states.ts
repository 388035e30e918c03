import type { Json } from '@chimera/workflow';
import type { Operation } from './operation.ts';
import type { StoreContext } from './store-context.ts';
import { StoreError } from './store-error.ts';
import { parseStored } from './stored-json.ts';
import type { KeptStateTable } from './tables.ts';
import type { OnCorruptRow } from './unless-corrupt.ts';

/** What other parts want to find again after a restart, such as the state of a breaker; the last word counts. */
export interface KeptState {
  /** What part it is of: names are its own. */
  readonly kind: string;
  readonly name: string;
  readonly state: Json;
}

/** A state as it was kept. */
export interface FoundState extends Omit<KeptState, 'state'> {
  /** Undefined where its row is damaged: it was kept, but nobody can say what. */
  readonly state: Json | undefined;
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

/** A damaged one is told of, and is there: to its owner it is not the same as one that never was. */
export function stateFrom(
  { body, kind, name }: KeptStateTable,
  path: string,
  onCorruptRow: OnCorruptRow,
): FoundState {
  const parsed = parseStored('body', body);
  if ('value' in parsed) return { kind, name, state: parsed.value };
  const remedy = 'the next state takes its place, or restore a backup';
  const message = `the kept state "${name}" of ${kind} cannot be read: ${parsed.problem}; ${remedy}`;
  onCorruptRow(new StoreError('ROW_CORRUPT', path, message));
  return { kind, name, state: undefined };
}
