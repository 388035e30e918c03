import { CircuitBreaker } from '@chimera/circuit-breaker';
import { Bulkhead } from '@chimera/concurrency-limit';
import { pipeline, safe, Timeout } from '@chimera/policy';
import { constant, RetryPolicy } from '@chimera/retry-policy';
import { type Finding, sleep } from './finding.ts';

/** The packages in one pipeline; they know each other through `@chimera/policy` only. */
export async function play(): Promise<readonly Finding[]> {
  const policies = pipeline(
    new RetryPolicy({ backoff: constant('1ms') }),
    new CircuitBreaker({
      name: 'circuit-breaker',
      failureThreshold: 2,
      openFor: '30ms',
      halfOpenProbes: 1,
    }),
    new Bulkhead({ maxConcurrent: 1 }),
    new Timeout({ after: '20ms' }),
  );
  const outcome = await safe(policies, async ({ attempt }) => {
    if (attempt === 1) throw new Error('down');
    if (attempt === 2) await sleep(100);
    return `up at attempt ${attempt}`;
  });
  const { attempts, decisions } = outcome.report;
  return [
    {
      claim: 'a call gets through: it fails, times out, is refused, waits, and is made again',
      seen: [outcome.ok ? outcome.value : String(outcome.error), attempts],
      // The breaker refused the third attempt: the operation was called three times.
      wanted: ['up at attempt 4', 3],
    },
    {
      claim: 'by these decisions, in this order',
      seen: decisions.map(({ policy, action }) => `${policy} ${action}`),
      wanted: [
        'retry wait',
        'timeout timeout',
        'retry wait',
        'circuit-breaker reject',
        'retry wait',
        // What timed out still runs, and keeps its place.
        'bulkhead wait',
      ],
    },
  ];
}
