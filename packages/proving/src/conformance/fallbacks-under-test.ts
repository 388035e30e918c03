import type { ConformanceLaw } from './scorecard.ts';

/** What is called: 0 at first, and 1 and up in its stead, in that order. */
export type Ask = (place: number, error: unknown) => Promise<unknown>;

/** A call with others that stand in for it, and what it promises. */
export interface FallbacksUnderTest {
  /** How many stand in. */
  readonly alternatives: number;
  /** Every call is answered within so many ms. */
  readonly deadlineMs: number;
  /** `ask` is told whose turn it is, and the error of who was asked before. */
  readonly call: (ask: Ask) => Promise<unknown>;
  /** Of one that gives an earlier answer of place 0 when nobody has a new one. */
  readonly old?: {
    /** Ms for which an answer may be given again. */
    readonly mostMs: number;
    /** What an old answer says of itself; undefined for a new one. */
    readonly read: (
      answer: unknown,
    ) => { readonly value: unknown; readonly ageMs: number } | undefined;
  };
  readonly advance: (ms: number) => Promise<void>;
}

export type FallbackLaw = ConformanceLaw<FallbacksUnderTest> & { readonly id: string };

export type Settled =
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'error'; readonly error: unknown };

export interface Watched {
  /** Whose turn it was, one after the other. */
  readonly asked: readonly number[];
  readonly settled: () => Settled | undefined;
}

/** Calls, and lets everything happen that takes no time. */
export async function watchCall(subject: FallbacksUnderTest, ask: Ask): Promise<Watched> {
  const asked: number[] = [];
  let settled: Settled | undefined;
  subject
    .call((place, error) => {
      asked.push(place);
      return ask(place, error);
    })
    .then(
      (value) => (settled = { type: 'answer', value }),
      (error: unknown) => (settled = { type: 'error', error }),
    );
  await subject.advance(0);
  return { asked, settled: () => settled };
}

/** Fails with the error of who was asked before as its cause. */
export function fails(place: number, cause: unknown): Promise<never> {
  const failure = `${place} fails`;
  return Promise.reject(cause === undefined ? new Error(failure) : new Error(failure, { cause }));
}

export function shown(settled: Settled | undefined): string {
  if (settled === undefined) return 'nothing';
  return settled.type === 'answer' ? JSON.stringify(settled.value) : String(settled.error);
}
