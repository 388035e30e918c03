import type { SampleVerdict } from './classify-sample.ts';

/** The right to make one call, and the duty to say how it went. The first word counts; later ones change nothing. */
export interface SampledPermit extends Disposable {
  /** The call was answered: its time counts. */
  succeed(): void;
  /** The call came to nothing because of the load. */
  drop(): void;
  /** The call's time tells nothing. */
  ignore(): void;
  /** The same as {@link ignore}: `using permit = limit.tryAcquire()` cannot leak. */
  [Symbol.dispose](): void;
}

export function sampledPermitOf(settle: (verdict: SampleVerdict) => void): SampledPermit {
  let isHeld = true;
  const say = (verdict: SampleVerdict) => {
    if (!isHeld) return;
    isHeld = false;
    settle(verdict);
  };
  const ignore = () => say('ignored');
  return {
    succeed: () => say('measured'),
    drop: () => say('dropped'),
    ignore,
    [Symbol.dispose]: ignore,
  };
}
