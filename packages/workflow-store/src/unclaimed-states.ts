import type { StateRow } from './stored-json.ts';

const mostKnown = 64;

const known = new Map<string, StateRow>();

/**
 * The state of a workflow that was never claimed: all that are new of a definition have the same
 * text, and to parse and check it costs half of reading such a row.
 *
 * @param parse its value; may throw
 */
export function unclaimedState(text: string, parse: (text: string) => StateRow): StateRow {
  const before = known.get(text);
  if (before !== undefined) return before;
  const state = parse(text);
  // Of many workflows from now on.
  for (const value of Object.values(state)) Object.freeze(value);
  if (known.size >= mostKnown) known.clear();
  known.set(text, state);
  return state;
}
