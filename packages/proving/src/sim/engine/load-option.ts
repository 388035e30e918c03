import { choiceOption, numberOption, refuseOption } from '@chimera/policy';
import type { Load } from '../../arb/load.ts';
import { onlyKnown } from '../../check/only-known.ts';
import { finiteOption, objectOption, positiveOption } from './finite-option.ts';

const fields: Readonly<Record<Load['profile'], readonly string[]>> = {
  constant: ['perSecond'],
  diurnal: ['low', 'high', 'periodMs'],
  spike: ['base', 'peak', 'fromMs', 'forMs'],
  ramp: ['from', 'to', 'overMs'],
  trace: ['perSecond', 'spanMs'],
};
const profiles = Object.keys(fields) as readonly Load['profile'][];

/** @throws RangeError for a rate or a time that is none: such a load has no end of calls, or no first one. */
export function loadOption(owner: string, load: Load): Load {
  objectOption(owner, 'load', load);
  const profile = choiceOption(owner, 'load.profile', load.profile, profiles);
  onlyKnown(owner, `a ${profile} load`, load, ['profile', ...fields[profile]]);
  switch (load.profile) {
    case 'constant':
      finiteOption(owner, 'load.perSecond', load.perSecond);
      break;
    case 'diurnal':
      finiteOption(owner, 'load.low', load.low);
      finiteOption(owner, 'load.high', load.high);
      positiveOption(owner, 'load.periodMs', load.periodMs);
      break;
    case 'spike':
      finiteOption(owner, 'load.base', load.base);
      finiteOption(owner, 'load.peak', load.peak);
      finiteOption(owner, 'load.fromMs', load.fromMs);
      numberOption(owner, 'load.forMs', load.forMs, 0);
      break;
    case 'ramp':
      finiteOption(owner, 'load.from', load.from);
      finiteOption(owner, 'load.to', load.to);
      positiveOption(owner, 'load.overMs', load.overMs);
      break;
    case 'trace':
      checkTrace(owner, load.perSecond);
      positiveOption(owner, 'load.spanMs', load.spanMs);
      break;
  }
  return load;
}

function checkTrace(owner: string, rates: readonly number[]): void {
  if (!Array.isArray(rates) || rates.length === 0) {
    refuseOption(owner, 'load.perSecond', 'a list of at least one rate', rates);
  }
  for (const [span, rate] of rates.entries()) finiteOption(owner, `load.perSecond[${span}]`, rate);
}
