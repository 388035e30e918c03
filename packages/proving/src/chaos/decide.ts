import { type Random, seededRandom } from '@chimera/policy';
import type { FaultPlan, FaultRule } from './fault-plan.ts';

/** What befalls one call. */
export type Fault =
  | { readonly kind: 'latency' | 'late'; readonly ms: number }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly message?: string;
      readonly status?: number;
    }
  | { readonly kind: 'hang' | 'duplicate' }
  | { readonly kind: 'drip'; readonly ms: number; readonly pieces: number }
  | { readonly kind: 'partial'; readonly keep: number };

/**
 * What befalls the `call`-th call of a key, counted from 0: the same whatever other calls there are
 * and in whichever order they come, since nothing is drawn from a sequence that they share.
 */
export function faultFor(
  { rules, seed = 1 }: FaultPlan,
  key: string,
  call: number,
): Fault | undefined {
  for (const [index, rule] of rules.entries()) {
    if (!mayBefall(rule, key, call)) continue;
    const random = seededRandom(hashOf(`${seed} ${index} ${call} ${key}`));
    if (random() < (rule.share ?? 1)) return faultOf(rule, random);
  }
  return undefined;
}

function mayBefall(
  { from = 0, keys, until = Infinity }: FaultRule,
  key: string,
  call: number,
): boolean {
  if (call < from || call >= until) return false;
  return keys === undefined || keys.some((pattern) => matches(pattern, key));
}

function matches(pattern: string, key: string): boolean {
  return pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}

function faultOf(rule: FaultRule, random: Random): Fault {
  const { code = 'CHAOS', fault: kind, keep = 0.5, message, pieces = 10, status } = rule;
  switch (kind) {
    case 'latency':
    case 'late':
      return { kind, ms: drawn(rule, random) };
    case 'drip':
      return { kind, ms: drawn(rule, random), pieces };
    case 'error':
      return {
        kind,
        code,
        ...(message === undefined ? {} : { message }),
        ...(status === undefined ? {} : { status }),
      };
    case 'partial':
      return { kind, keep };
    case 'hang':
    case 'duplicate':
      return { kind };
  }
}

function drawn({ ms = 0 }: FaultRule, random: Random): number {
  if (typeof ms === 'number') return ms;
  const [least, most] = ms;
  return least + random() * (most - least);
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
