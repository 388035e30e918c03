import {
  type Duration,
  durationOption,
  numberOption,
  type Random,
  systemRandom,
} from '@chimera/policy';

/** How long an opening lasts, in ms, given how many times probing has failed since the circuit was last closed. */
export type OpenDuration = (reopenings: number) => number;

export interface GrowingOpenOptions {
  /** The first opening. Default '60s'. */
  readonly base?: Duration;
  /** By which every failed recovery multiplies it. Default 2. */
  readonly factor?: number;
  /** It grows no further than this. Default '10m'. */
  readonly cap?: Duration;
}

/** Openings that grow with every failed recovery, and start over once the circuit has closed. */
export function growingOpen(options: GrowingOpenOptions = {}): OpenDuration {
  const base = durationOption('circuit-breaker', 'base', options.base ?? 60_000, 1);
  const factor = numberOption('circuit-breaker', 'factor', options.factor ?? 2, 1);
  const cap = durationOption('circuit-breaker', 'cap', options.cap ?? 600_000, base);
  return (reopenings) => Math.min(cap, base * factor ** reopenings);
}

/** Spreads openings up or down by as much as a share of them, so that a fleet does not probe in step. */
export function jittered(
  openFor: Duration | OpenDuration = 60_000,
  share: number = 0.2,
  { random = systemRandom }: { readonly random?: Random } = {},
): OpenDuration {
  const owner = 'circuit-breaker';
  const ms = typeof openFor === 'function' ? openFor : durationOption(owner, 'openFor', openFor);
  numberOption(owner, 'share', share, 0, 1);
  return (reopenings) => {
    const spread = 1 + share * (2 * random() - 1);
    return (typeof ms === 'function' ? ms(reopenings) : ms) * spread;
  };
}
