import { IntelligentScheduler } from '@chimera/intelligent-scheduler';
import type { Finding } from './finding.ts';

const minute = 60_000;

export async function play(): Promise<readonly Finding[]> {
  const scheduler = new IntelligentScheduler();
  const now = Date.now();
  scheduler.push({ id: 'report', priority: 4, enqueuedAt: now - 70 * minute });
  scheduler.push({ id: 'deploy', priority: 9, enqueuedAt: now });
  scheduler.push({ id: 'lint', priority: 9, enqueuedAt: now, estimateMs: 5_000 });
  const order = [];
  while (scheduler.size > 0) order.push(scheduler.pop({ utilisation: 0.9 })?.id);
  return [
    {
      claim: 'who waited long is first, then who is short',
      seen: order,
      wanted: ['report', 'lint', 'deploy'],
    },
  ];
}
