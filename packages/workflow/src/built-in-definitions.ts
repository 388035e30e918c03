import { defineWorkflow } from './define-workflow.ts';
import type { WorkflowDefinition } from './definition.ts';

/** Plan, implement, validate; a rejected validation goes back to the implementation, three visits at most. */
export const standard: WorkflowDefinition = /* @__PURE__ */ defineWorkflow({
  name: 'standard',
  description: 'Plan, implement, validate; a rejected validation goes back to implementation.',
  phases: [
    { name: 'planning', stage: 'planning', agent: 'planner', action: 'plan', timeout: '10m' },
    {
      name: 'implementation',
      stage: 'implementation',
      agent: 'implementer',
      action: 'implement',
      timeout: '30m',
    },
    {
      name: 'validation',
      stage: 'validation',
      agent: 'validator',
      action: 'validate',
      timeout: '10m',
      onRejected: 'implementation',
    },
  ],
});

/** Test first, implement, review, deploy to staging, validate there; review and validation send back to the code. */
export const chimera: WorkflowDefinition = /* @__PURE__ */ defineWorkflow({
  name: 'chimera',
  description:
    'Write an end-to-end test, implement until a review approves, deploy to staging, run the test there.',
  phases: [
    {
      name: 'e2e_test_generation',
      stage: 'planning',
      agent: 'e2e-tester-agent',
      action: 'generate_test',
      timeout: '300s',
    },
    {
      name: 'code_implementation',
      stage: 'implementation',
      agent: 'coder-agent',
      action: 'implement_feature',
      timeout: '1800s',
    },
    {
      name: 'guardian_review',
      stage: 'validation',
      agent: 'guardian-agent',
      action: 'review_pr',
      timeout: '600s',
      onRejected: 'code_implementation',
    },
    {
      name: 'staging_deployment',
      stage: 'validation',
      agent: 'deployment-agent',
      action: 'deploy_to_staging',
      timeout: '900s',
    },
    {
      name: 'e2e_validation',
      stage: 'validation',
      agent: 'e2e-tester-agent',
      action: 'execute_test',
      timeout: '600s',
      onRejected: 'code_implementation',
    },
  ],
});
