/** One thing that a policy decided during a call, for `safe`'s report. */
export interface Decision {
  readonly policy: string;
  readonly action:
    'attempt' | 'wait' | 'stop' | 'reject' | 'timeout' | 'fallback' | 'hedge' | 'join';
  readonly reason: string;
  /** The error that it decided on, if any. */
  readonly error?: unknown;
  /** How long the policy waits because of it, in ms. */
  readonly delayMs?: number;
}
