import type { FaultKind } from './fault-plan.ts';

/** A failure that was planned. */
export class ChaosError extends Error {
  override readonly name = 'ChaosError';
  /** As the rule says; `'CHAOS'` when it says nothing. */
  readonly code: string;
  readonly key: string;
  /** Of its key, from 0. */
  readonly call: number;
  readonly fault: FaultKind;

  constructor(
    fault: FaultKind,
    { call, key }: { readonly call: number; readonly key: string },
    { code = 'CHAOS', message }: { readonly code?: string; readonly message?: string } = {},
  ) {
    super(message ?? `Call ${call} of "${key}" fails as planned (${fault})`);
    this.code = code;
    this.key = key;
    this.call = call;
    this.fault = fault;
  }
}
