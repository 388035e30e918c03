/** Why a running phase was ended from outside: the reason of its abort signal. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code = 'PHASE_INTERRUPTED';
  readonly kind: 'shutdown' | 'cancelled' | 'timed-out' | 'lease-lost';

  constructor(kind: Interruption['kind']) {
    super(`the phase was ended: ${kind}`);
    this.kind = kind;
  }
}

/** Undefined when it was not ended from outside. */
export function interruptionOf({ reason }: AbortSignal): Interruption['kind'] | undefined {
  return reason instanceof Interruption ? reason.kind : undefined;
}
