/** How an attempt ends: it succeeds, fails, or fails in a way that says nothing of what was called. */
export type Ending = 'S' | 'F' | 'X';

/** One attempt of a call, as it is planned. */
export interface Attempt {
  readonly gives: Ending;
  readonly afterMs: number;
  /** What the error asks to wait, in ms. */
  readonly hintMs?: number;
}

/** Something that happens to a policy. A program is a list of them, and plain JSON. */
export type Step =
  /** A call begins. Without a script its operation hangs until an `end`; the last attempt repeats. */
  | {
      readonly do: 'start';
      readonly script?: readonly Attempt[];
      /** The result is of no use after so many ms. */
      readonly deadlineMs?: number;
      /** Does the operation end when its signal is aborted? A script does not. */
      readonly heeds?: boolean;
    }
  /** The `nth` operation that hangs ends; counted around. */
  | { readonly do: 'end'; readonly nth: number; readonly gives: Ending }
  | { readonly do: 'wait'; readonly ms: number }
  /** To the `nth` instant from now on at which something can fall due, and `plus` more. */
  | { readonly do: 'await'; readonly nth: number; readonly plus: -1 | 0 | 1 }
  /** The caller of the `nth` call that has no answer gives up. */
  | { readonly do: 'abort'; readonly nth: number }
  /** The wall clock jumps. */
  | { readonly do: 'jump'; readonly ms: number }
  /** The policy's state goes through JSON into a new one; only while nothing is in flight. */
  | { readonly do: 'restart' };

export type Program = readonly Step[];
