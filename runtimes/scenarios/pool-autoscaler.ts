import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import type { Finding } from './finding.ts';

export async function play(): Promise<readonly Finding[]> {
  const autoscaler = new PoolAutoscaler({ min: 3, max: 10 });
  const busy = autoscaler.evaluate({ size: 3, running: 3, queued: 4 });
  const idle = autoscaler.evaluate({ size: 5, running: 1, queued: 0 });
  return [
    {
      claim: 'a busy pool grows by two',
      seen: [busy.action, busy.from, busy.to],
      wanted: ['up', 3, 5],
    },
    { claim: 'and rests before it shrinks', seen: [idle.action, idle.to], wanted: ['hold', 5] },
  ];
}
