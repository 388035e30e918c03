import { claimLaws } from './conformance/claim-laws.ts';
import { eventLaws } from './conformance/event-laws.ts';
import type { WorkflowStoreLaw } from './conformance/store-under-test.ts';
import { submitLaws } from './conformance/submit-laws.ts';

export type { WorkflowStoreLaw, WorkflowStoreUnderTest } from './conformance/store-under-test.ts';

/** What every {@link WorkflowStore} keeps, for a test of one's own: each law is tried on an empty store. */
export const workflowStoreLaws: readonly WorkflowStoreLaw[] = [
  ...submitLaws,
  ...claimLaws,
  ...eventLaws,
];
