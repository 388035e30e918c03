/** Whether something is the case, by more than one look at it. Instants are monotonic ms. */
export interface Debounced {
  readonly isActive: boolean;
  /** Since when every look has said the opposite of `isActive`; null when the last one did not. */
  readonly turningSince: number | null;
  /** When it became what it is. */
  readonly changedAt: number;
}

export const inactive: Debounced = { isActive: false, turningSince: null, changedAt: 0 };

/** Active once it was seen all through `holdMs`, inactive once it was not seen all through `clearMs`. */
export function debounce(
  state: Debounced,
  isSeen: boolean,
  at: number,
  { clearMs, holdMs }: { readonly holdMs: number; readonly clearMs: number },
): Debounced {
  if (isSeen === state.isActive) {
    return state.turningSince === null ? state : { ...state, turningSince: null };
  }
  const turningSince = state.turningSince ?? at;
  if (at - turningSince < (isSeen ? holdMs : clearMs)) return { ...state, turningSince };
  return { isActive: isSeen, turningSince: null, changedAt: at };
}
