export {
  autoscalerLaws,
  type AutoscalerUnderTest,
  type LoadSeen,
} from './conformance/autoscaler-laws.ts';
export { deadLetterLaws } from './conformance/dead-letter-laws.ts';
export type {
  DeadLettersUnderTest,
  LetterFilter,
  ParkedError,
  ParkedLetter,
  TaskError,
  WorkUnderTest,
} from './conformance/dead-letters-under-test.ts';
export { schedulerLaws, type SchedulerUnderTest } from './conformance/scheduler-laws.ts';
export { type ConformanceLaw, type Scorecard, scorecard } from './conformance/scorecard.ts';
export { workflowLaws } from './conformance/workflow-laws.ts';
export type {
  WorkflowHappening,
  WorkflowSeen,
  WorkflowStep,
  WorkflowUnderTest,
} from './conformance/workflow-under-test.ts';
