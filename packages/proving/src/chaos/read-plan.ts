import { choiceOption, integerOption, numberOption, refuseOption } from '@chimera/policy';
import { onlyKnown } from '../check/only-known.ts';
import { type FaultKind, faultKinds, type FaultPlan, type FaultRule } from './fault-plan.ts';

const owner = 'chaos';
const everyRule = ['fault', 'keys', 'share', 'from', 'until'];

/** What a rule says beside what every rule may say. */
const ownFields: Readonly<Record<FaultKind, readonly string[]>> = {
  latency: ['ms'],
  error: ['code', 'message', 'status'],
  hang: [],
  drip: ['ms', 'pieces'],
  duplicate: [],
  late: ['ms'],
  partial: ['keep'],
};

/**
 * A plan out of what a file says.
 *
 * @throws RangeError that names the field: `chaos: rules[2].share must be a number from 0 to 1, got 7`
 */
export function readPlan(given: unknown): FaultPlan {
  const plan = fieldsOf('plan', given);
  onlyKnown(owner, 'the plan', plan, ['seed', 'rules']);
  const { rules, seed } = plan;
  if (seed !== undefined) integerOption(owner, 'seed', seed as number, 0, 2 ** 32 - 1);
  if (!Array.isArray(rules)) refuseOption(owner, 'rules', 'a list of rules', rules);
  return {
    ...(seed === undefined ? {} : { seed: seed as number }),
    rules: rules.map((rule: unknown, index) => readRule(`rules[${index}]`, rule)),
  };
}

function readRule(at: string, given: unknown): FaultRule {
  const rule = fieldsOf(at, given) as Partial<Record<keyof FaultRule, unknown>>;
  const fault = choiceOption(owner, `${at}.fault`, rule.fault as FaultKind, faultKinds);
  onlyKnown(owner, `${at}, a rule of ${fault}`, rule, [...everyRule, ...ownFields[fault]]);
  const { code, from, keep, keys, message, ms, pieces, share, status, until } = rule;
  if (keys !== undefined) checkKeys(`${at}.keys`, keys);
  if (share !== undefined) numberOption(owner, `${at}.share`, share as number, 0, 1);
  if (from !== undefined) integerOption(owner, `${at}.from`, from as number, 0);
  if (until !== undefined)
    integerOption(owner, `${at}.until`, until as number, Number(from ?? 0) + 1);
  if (ownFields[fault].includes('ms')) checkMs(`${at}.ms`, ms);
  if (pieces !== undefined) integerOption(owner, `${at}.pieces`, pieces as number, 1);
  if (keep !== undefined) numberOption(owner, `${at}.keep`, keep as number, 0, 1);
  if (status !== undefined) integerOption(owner, `${at}.status`, status as number, 200, 599);
  for (const [name, text] of Object.entries({ code, message }))
    if (text !== undefined && typeof text !== 'string')
      refuseOption(owner, `${at}.${name}`, 'a text', text);
  return rule as FaultRule;
}

function checkMs(at: string, ms: unknown): void {
  if (!Array.isArray(ms)) {
    if (typeof ms !== 'number') refuseOption(owner, at, 'ms, or [least, most] of them', ms);
    numberOption(owner, at, ms, 0);
    return;
  }
  const [least, most] = ms as readonly number[];
  if (ms.length !== 2) refuseOption(owner, at, 'ms, or [least, most] of them', ms);
  numberOption(owner, `${at}[0]`, least as number, 0);
  numberOption(owner, `${at}[1]`, most as number, least as number);
}

function checkKeys(at: string, keys: unknown): void {
  const isList = Array.isArray(keys) && keys.length > 0;
  if (!isList || !keys.every((key) => typeof key === 'string'))
    refuseOption(owner, at, 'a list of at least one text', keys);
  for (const [index, key] of (keys as readonly string[]).entries())
    if (key.slice(0, -1).includes('*'))
      refuseOption(owner, `${at}[${index}]`, 'a text with no * but at its end', key);
}

function fieldsOf(at: string, given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    refuseOption(owner, at, 'an object', given);
  return given as Readonly<Record<string, unknown>>;
}
