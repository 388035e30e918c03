import { defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';

export const threePhases: WorkflowDefinition = defineWorkflow({
  name: 'three-phases',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '1m' },
    { name: 'build', stage: 'implementation', agent: 'builder', timeout: '1m' },
    { name: 'review', stage: 'validation', agent: 'reviewer', timeout: '1m', onRejected: 'build' },
  ],
});
