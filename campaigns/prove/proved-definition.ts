import { defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';

export const phases: readonly string[] = ['plan', 'implement', 'validate'];

export const definition: WorkflowDefinition = defineWorkflow({
  name: 'proved',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'plan', timeout: '10s' },
    { name: 'implement', stage: 'implementation', agent: 'implement', timeout: '10s' },
    {
      name: 'validate',
      stage: 'validation',
      agent: 'validate',
      timeout: '10s',
      onRejected: 'implement',
      maxVisits: 3,
    },
  ],
});
