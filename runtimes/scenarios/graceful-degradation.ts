import { GracefulDegradation, machineSignals } from '@chimera/graceful-degradation';
import type { Finding } from './finding.ts';

export async function play(): Promise<readonly Finding[]> {
  const degradation = new GracefulDegradation();
  const { memory = Number.NaN } = machineSignals()();
  const before = degradation.mode;
  degradation.observe({ memory: 0.97 });
  return [
    { claim: 'the machine tells its memory', seen: memory > 0 && memory <= 1, wanted: true },
    {
      claim: 'too little of it is an emergency',
      seen: [before, degradation.mode, degradation.limits(10).poolCap],
      wanted: ['normal', 'survival', 2],
    },
    {
      claim: 'in which work of middling priority is refused',
      seen: degradation.admit(5)?.code,
      wanted: 'DEGRADED',
    },
  ];
}
