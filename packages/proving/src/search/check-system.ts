import { refuseOption } from '@chimera/policy';
import type { JudgedSystem } from './judge-trace.ts';
import { owner } from './settings.ts';

/** @throws RangeError for what is no function. */
export function checkSystem({ policy, server, without }: JudgedSystem): void {
  if (typeof policy !== 'function') {
    refuseOption(owner, 'policy', 'a function that makes one', policy);
  }
  if (typeof server !== 'function') {
    refuseOption(owner, 'server', 'one such as queueing({ … })', server);
  }
  if (without !== undefined && typeof without !== 'function') {
    refuseOption(owner, 'without', 'a function that makes a client', without);
  }
}
