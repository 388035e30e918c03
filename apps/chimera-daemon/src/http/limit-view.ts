import type { LimitView } from '@chimera/client';
import type { KeyWait } from '@chimera/workflow-store';
import { durationText } from '../duration-text.ts';

export function limitView({ key, rule, running, until }: KeyWait): LimitView {
  return {
    key,
    running,
    concurrency: rule.concurrency ?? null,
    rate: rule.rate ?? null,
    nextStartAt: until ?? null,
  };
}

/** `repository=shop has 1 of 1 running`, or `3 of 3 children of its parent run` */
export function limitInWords({ key, rule, running, until }: KeyWait): string {
  const { concurrency, rate } = rule;
  if ('parent' in rule) return `${running} of ${rule.concurrency} children of its parent run`;
  if (until === undefined || rate === undefined)
    return `${key} has ${running} of ${concurrency ?? running} running`;
  const { perMs, starts } = rate;
  return `${key} has started ${starts} ${starts === 1 ? 'phase' : 'phases'} within ${durationText(perMs)}, as many as its rate allows; the next may start at ${new Date(until).toISOString()}`;
}
