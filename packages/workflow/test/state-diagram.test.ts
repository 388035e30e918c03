import { expect, it } from 'vitest';
import { standard, stateDiagram } from '@chimera/workflow';

it('draws phases, who does them, and every transition with its bound', () => {
  expect(stateDiagram(standard)).toBe(`stateDiagram-v2
  [*] --> phase1
  phase1 : planning<br/>planner
  phase1 --> phase2 : succeeded
  phase1 --> dead : rejected
  phase1 --> dead : failed
  phase2 : implementation<br/>implementer
  phase2 --> phase3 : succeeded
  phase2 --> dead : rejected
  phase2 --> dead : failed
  phase3 : validation<br/>validator
  phase3 --> completed : succeeded
  phase3 --> phase2 : rejected (at most 3 visits)
  phase3 --> dead : failed
  completed --> [*]
  dead --> [*]
`);
});
