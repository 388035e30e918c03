import { choiceOption, integerOption, numberOption, refuseOption } from '@chimera/policy';
import { onlyKnown } from '../../check/only-known.ts';
import { finiteOption, objectOption } from './finite-option.ts';
import type { Trigger } from './triggers.ts';

const fields: Readonly<Record<Trigger['kind'], readonly string[]>> = {
  capacity: ['shard', 'forMs', 'lost'],
  latency: ['shard', 'forMs', 'times', 'addMs'],
  errors: ['shard', 'forMs', 'share'],
  load: ['forMs', 'times'],
  flush: ['shard'],
};
const kinds = Object.keys(fields) as readonly Trigger['kind'][];

/** @throws RangeError that names the field: `simulate: triggers[0].lost must be a number from 0 to 1, got 2` */
export function checkTriggers(owner: string, triggers: readonly Trigger[]): void {
  if (!Array.isArray(triggers)) refuseOption(owner, 'triggers', 'a list', triggers);
  for (const [index, trigger] of triggers.entries()) {
    checkTrigger(owner, `triggers[${index}]`, trigger);
  }
}

/**
 * Refuses what would be felt by nobody, once it is known which shards there are.
 *
 * @throws RangeError `simulate: triggers[0].shard must be an integer from 0 to 3, got 4`
 */
export function checkShards(
  owner: string,
  triggers: readonly Trigger[],
  shards: ReadonlySet<number>,
): void {
  const rule =
    shards.size === 0
      ? 'left out before a server without shards'
      : `an integer from 0 to ${shards.size - 1}`;
  for (const [index, { shard }] of triggers.entries()) {
    if (shard !== undefined && !shards.has(shard))
      refuseOption(owner, `triggers[${index}].shard`, rule, shard);
  }
}

function checkTrigger(owner: string, at: string, trigger: Trigger): void {
  objectOption(owner, at, trigger);
  const kind = choiceOption(owner, `${at}.kind`, trigger.kind, kinds);
  onlyKnown(owner, at, trigger, ['kind', 'fromMs', ...fields[kind]]);
  finiteOption(owner, `${at}.fromMs`, trigger.fromMs);
  if (trigger.shard !== undefined) integerOption(owner, `${at}.shard`, trigger.shard, 0);
  // It may last for ever.
  if (trigger.kind !== 'flush') numberOption(owner, `${at}.forMs`, trigger.forMs, 0);
  switch (trigger.kind) {
    case 'capacity':
      numberOption(owner, `${at}.lost`, trigger.lost, 0, 1);
      break;
    case 'latency':
      finiteOption(owner, `${at}.times`, trigger.times ?? 1);
      finiteOption(owner, `${at}.addMs`, trigger.addMs ?? 0);
      break;
    case 'errors':
      numberOption(owner, `${at}.share`, trigger.share, 0, 1);
      break;
    case 'load':
      finiteOption(owner, `${at}.times`, trigger.times);
      break;
    case 'flush':
      break;
  }
}
