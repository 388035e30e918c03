import { choiceOption, numberOption, type Random } from '@chimera/policy';
import { type Latency, quantile } from '../../arb/latency.ts';
import { onlyKnown } from '../../check/only-known.ts';
import { finiteOption, objectOption, positiveOption } from './finite-option.ts';

/** How long something takes, in ms: always the same, of a distribution, or drawn by a function. */
export type Times = number | Latency | ((random: Random) => number);

const fields: Readonly<Record<Latency['shape'], readonly string[]>> = {
  exponential: ['meanMs'],
  bimodal: ['fastMs', 'slowMs', 'slowShare'],
  weibull: ['scaleMs', 'k'],
};
const shapes = Object.keys(fields) as readonly Latency['shape'][];

/**
 * Ms with this mean, exponentially distributed.
 *
 * @throws RangeError when the mean is negative or endless.
 */
export function exponential(meanMs: number): Times {
  return { shape: 'exponential', meanMs: finiteOption('exponential', 'meanMs', meanMs) };
}

/** What a function draws is seen only when it does: the simulation refuses what is not a number then. */
export function timesOption(owner: string, option: string, times: Times): Times {
  if (typeof times === 'function') return times;
  if (typeof times !== 'object') return finiteOption(owner, option, times);
  objectOption(owner, option, times);
  const shape = choiceOption(owner, `${option}.shape`, times.shape, shapes);
  onlyKnown(owner, option, times, ['shape', ...fields[shape]]);
  switch (times.shape) {
    case 'exponential':
      finiteOption(owner, `${option}.meanMs`, times.meanMs);
      break;
    case 'bimodal':
      finiteOption(owner, `${option}.fastMs`, times.fastMs);
      finiteOption(owner, `${option}.slowMs`, times.slowMs);
      numberOption(owner, `${option}.slowShare`, times.slowShare, 0, 1);
      break;
    case 'weibull':
      finiteOption(owner, `${option}.scaleMs`, times.scaleMs);
      positiveOption(owner, `${option}.k`, times.k);
      break;
  }
  return times;
}

export function samplerOf(times: Times, random: Random): () => number {
  if (typeof times === 'number') return () => times;
  if (typeof times === 'function') return () => times(random);
  if (times.shape === 'exponential') return () => -times.meanMs * Math.log1p(-random());
  return () => quantile(times, random());
}
