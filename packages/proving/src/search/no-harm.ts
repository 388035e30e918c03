import type { SearchOptions } from './search-harm.ts';

/** That a search finds no harm. `chimera-prove file.ts` tries all such that the file exports. */
export interface HarmClaim {
  readonly search: SearchOptions;
}

export function noHarm(search: SearchOptions): HarmClaim {
  return { search };
}
