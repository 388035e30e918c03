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

const labelForm = /^[a-z][a-z0-9_.-]*$/;

/** @throws RangeError */
export function checkLimits(rules: readonly LimitRule[]): void {
  const seen = new Set<string>();
  for (const rule of rules) {
    const { agent, concurrency, label, rate } = rule;
    if (label !== undefined && !labelForm.test(label))
      refuseOption(
        'workflow-store',
        'limits',
        'labels of lower-case letters, digits, ".", "_" and "-"',
        label,
      );
    const subject = label ?? agentKey(agent);
    if (seen.has(subject))
      refuseOption('workflow-store', 'limits', 'one rule for each label and agent', subject);
    seen.add(subject);
    if (concurrency === undefined && rate === undefined)
      refuseOption('workflow-store', 'limits', 'a concurrency or a rate in each rule', subject);
    if (concurrency !== undefined)
      integerOption('workflow-store', 'limits.concurrency', concurrency, 1);
    if (rate === undefined) continue;
    integerOption('workflow-store', 'limits.rate.starts', rate.starts, 1, 1_000);
    numberOption('workflow-store', 'limits.rate.perMs', rate.perMs, 1);
  }
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
        const value = labels[label];
        if (value !== undefined) keys.push(labelKey(label, value));
      }
    if (agent !== undefined && this.#ofAgents.has(agentKey(agent))) keys.push(agentKey(agent));
    return keys;
  }
}
