import type { ScalingPolicy } from '@chimera/pool-autoscaler';
import type { Step } from './scaling-run.ts';

/** What must hold at every step, whatever the load and the rules: the violations, none if all is well. */
export function violations(steps: readonly Step[], policy: ScalingPolicy): string[] {
  const reversalMs = Math.max(...policy.rules.map((rule) => rule.pace.reversalMs));
  const found: string[] = [];
  let lastUpAt = -Infinity;
  for (const step of steps) {
    const { snapshot, decision } = step;
    const { action, from, to } = decision;
    const { size, running, queued, cap, at } = snapshot;
    const limit = Math.max(1, cap ?? Infinity);
    const least = Math.min(policy.min, limit);
    const most = Math.min(policy.max, limit);
    const broken = (law: string) => found.push(`${law}: ${JSON.stringify(step)}`);

    if (from !== size) broken('starts from the size of the pool');
    if (Math.sign(to - from) !== { up: 1, down: -1, hold: 0 }[action]) broken('does what it says');
    if (action === 'up' && to > most) broken('never over the upper bound');
    if (action === 'down' && to < least) broken('never under the lower bound');
    if (action === 'down' && to < (running ?? 0)) broken('never under running work');
    if (size < least && action !== 'up') broken('back to the lower bound at once');

    if (size >= least && size <= most) {
      const isKnown = isCount(running) && isCount(queued);
      if (!isKnown && action !== 'hold') broken('no move on unknown values');
      if (snapshot.blocked === true && action !== 'hold') broken('no move while blocked');
      if (action === 'down' && queued !== 0) broken('never shrinks with work queued');
      if (action === 'down' && running === size) broken('never shrinks a busy pool');
      if (action === 'down' && at - lastUpAt < reversalMs) broken('no reversal inside the window');
      if (action === 'up') lastUpAt = at;
    }
  }
  return found;
}

export function isCount(value: number | undefined): value is number {
  return value !== undefined && value >= 0;
}

/** Whether the rule must grow the pool now, whatever happened before. */
export type Need = (snapshot: {
  readonly size: number;
  readonly running: number;
  readonly queued: number;
  readonly sinceUpMs: number;
  /** Nothing was observed before. */
  readonly isFirst: boolean;
}) => boolean;

/** Steps that should have grown the pool, and did not. */
export function late(steps: readonly Step[], policy: ScalingPolicy, need: Need): string[] {
  const found: string[] = [];
  let lastUpAt = -Infinity;
  for (const [index, step] of steps.entries()) {
    const { size, running, queued, cap, blocked, at } = step.snapshot;
    const isFree = isCount(running) && isCount(queued) && blocked !== true && cap === undefined;
    if (isFree && size < policy.max && step.decision.action !== 'up') {
      const sinceUpMs = at - lastUpAt;
      if (need({ size, running, queued, sinceUpMs, isFirst: index === 0 })) {
        found.push(`grows within one tick of need: ${JSON.stringify(step)}`);
      }
    }
    if (step.decision.action === 'up') lastUpAt = at;
  }
  return found;
}
