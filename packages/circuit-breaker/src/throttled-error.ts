import { RejectionError } from '@chimera/policy';

/** A share of calls is being refused, and this was one of them. Trying again at once may succeed, and adds to the load. */
export class ThrottledError extends RejectionError {
  override readonly name: string = 'ThrottledError';
  override readonly code = 'THROTTLED' as const;
  readonly throttle: string;
  /** The share of calls that was refused at the time. */
  readonly probability: number;

  constructor(throttle: string, probability: number) {
    const percent = Math.round(probability * 100);
    super(`"${throttle}" refuses ${percent} % of calls and refused this one; call less often`);
    this.throttle = throttle;
    this.probability = probability;
  }
}
