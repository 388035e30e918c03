/** One way of doing what a scenario asks for. */
export interface Candidate {
  /** Ours is `chimera`; a variant of ours says how it differs. */
  readonly name: string;
  /** Makes so many calls. */
  readonly run: (calls: number) => Promise<void>;
  /** Calls are made in groups of this size. Default 1. */
  readonly group?: number;
}

export interface Scenario {
  readonly letter: string;
  readonly title: string;
  /** The least that can be paid for it: what every candidate is compared with. */
  readonly floor: Candidate;
  readonly candidates: readonly Candidate[];
}

export type Thunk = () => unknown;

/** One call after the other. */
export function inTurn(name: string, call: Thunk): Candidate {
  return {
    name,
    run: async (calls) => {
      for (let made = 0; made < calls; made += 1) await call();
    },
  };
}

/** One call after the other, each of which has to fail. */
export function failing(name: string, call: Thunk): Candidate {
  return {
    name,
    run: async (calls) => {
      let failures = 0;
      for (let made = 0; made < calls; made += 1) {
        try {
          await call();
        } catch {
          failures += 1;
        }
      }
      if (failures !== calls) throw new Error(`${name}: ${calls - failures} calls did not fail`);
    },
  };
}

/** `group` calls at the same time, then the next `group`. */
export function together(name: string, group: number, call: Thunk): Candidate {
  return {
    name,
    group,
    run: async (calls) => {
      for (let made = 0; made < calls; made += group) {
        await Promise.all(Array.from({ length: group }, call));
      }
    },
  };
}
