import { integerOption, numberOption, refuseOption } from '@chimera/policy';
import { siblingKey, type SiblingRule, siblingRule } from './sibling-rule.ts';
import type { ParentLink } from './workflow-record.ts';

/**
 * Among the workflows that share a key: how many may run at a time, and how many phases may start
 * in any stretch of time. Each value of a label is a key of its own; an agent is one key.
 */
export type LimitRule = (
  | { readonly label: string; readonly agent?: undefined }
  | { readonly agent: string; readonly label?: undefined }
) & {
  readonly concurrency?: number;
  /** At most `starts`, up to 1,000, in any `perMs`. */
  readonly rate?: { readonly starts: number; readonly perMs: number };
};

const owner = 'workflow-store';
const labelForm = /^[a-z][a-z0-9_.-]*$/;

/** @throws RangeError that names the rule by its place in the list */
export function checkLimits(rules: readonly LimitRule[]): void {
  const seen = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const place = `limits[${index}]`;
    const subject = checkRule(place, rule);
    if (seen.has(subject)) refuse(place, 'the only one for its label or agent', subject);
    seen.add(subject);
  }
}

const ruleNames = ['label', 'agent', 'concurrency', 'rate'];

/** Returns what the rule is for. */
function checkRule(place: string, rule: LimitRule): string {
  if (typeof rule !== 'object' || rule === null) refuse(place, 'an object', rule);
  for (const name of Object.keys(rule))
    if (!ruleNames.includes(name)) refuse(place, `of ${ruleNames.join(', ')}`, name);
  const { agent, concurrency, label, rate } = rule;
  if ((label === undefined) === (agent === undefined))
    refuse(place, 'for either a label or an agent', label === undefined ? 'neither' : 'both');
  if (label !== undefined && !(typeof label === 'string' && labelForm.test(label)))
    refuse(
      `${place}.label`,
      'a label of lower-case letters, digits, ".", "_" and "-" that begins with a letter',
      label,
    );
  if (agent !== undefined && !(typeof agent === 'string' && agent !== '' && agent.isWellFormed()))
    refuse(`${place}.agent`, 'the name of an agent', agent);
  const subject = label ?? agentKey(agent);
  if (concurrency === undefined && rate === undefined)
    refuse(place, 'with a concurrency or a rate', subject);
  if (concurrency !== undefined) integerOption(owner, `${place}.concurrency`, concurrency, 1);
  if (rate === undefined) return subject;
  if (typeof rate !== 'object' || rate === null)
    refuse(`${place}.rate`, 'an object with starts and perMs', rate);
  integerOption(owner, `${place}.rate.starts`, rate.starts, 1, 1_000);
  numberOption(owner, `${place}.rate.perMs`, rate.perMs, 1);
  return subject;
}

function refuse(place: string, rule: string, value: unknown): never {
  return refuseOption(owner, place, rule, value);
}

/** `label=value`: no label has a `=`. */
export function labelKey(label: string, value: string): string {
  return `${label}=${value}`;
}

/** No label has a space. */
export function agentKey(agent: string): string {
  return `agent ${agent}`;
}

/** The rule of a key, whenever it was written. */
export class LimitRules {
  readonly #ofLabels = new Map<string, LimitRule>();
  readonly #ofAgents = new Map<string, LimitRule>();

  constructor(rules: readonly LimitRule[]) {
    checkLimits(rules);
    for (const rule of rules)
      if (rule.label === undefined) this.#ofAgents.set(agentKey(rule.agent), rule);
      else this.#ofLabels.set(rule.label, rule);
  }

  /** Of those that are given: the limits of children come from their parents' definitions. */
  get isEmpty(): boolean {
    return this.#ofLabels.size === 0 && this.#ofAgents.size === 0;
  }

  ruleOf(key: string): LimitRule | SiblingRule | undefined {
    return (
      siblingRule(key) ??
      this.#ofAgents.get(key) ??
      this.#ofLabels.get(key.slice(0, Math.max(0, key.indexOf('='))))
    );
  }

  /** Of a workflow whose phase this agent does. */
  keysOf(
    labels: Readonly<Record<string, string>> | undefined,
    agent: string | undefined,
    parent: Omit<ParentLink, 'index'> | undefined,
  ): readonly string[] {
    const keys: string[] = [];
    const ofSiblings = parent && siblingKey(parent);
    if (ofSiblings !== undefined) keys.push(ofSiblings);
    if (labels !== undefined)
      for (const label of this.#ofLabels.keys()) {
        // Every object has a constructor.
        const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
        if (value !== undefined) keys.push(labelKey(label, value));
      }
    if (agent !== undefined && this.#ofAgents.has(agentKey(agent))) keys.push(agentKey(agent));
    return keys;
  }
}
