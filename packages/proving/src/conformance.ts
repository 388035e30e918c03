export { autoscalerLaws } from './conformance/autoscaler-laws.ts';
export type { AutoscalerUnderTest, LoadSeen } from './conformance/autoscaler-under-test.ts';
export { deadLetterLaws } from './conformance/dead-letter-laws.ts';
export type {
  DeadLettersUnderTest,
  LetterFilter,
  ParkedError,
  ParkedLetter,
  TaskError,
  WorkUnderTest,
} from './conformance/dead-letters-under-test.ts';
export { degradationLaws } from './conformance/degradation-laws.ts';
export type { DegradationUnderTest } from './conformance/degradation-under-test.ts';
export { fallbackLaws } from './conformance/fallback-laws.ts';
export type { Ask, FallbacksUnderTest } from './conformance/fallbacks-under-test.ts';
export { layerLaws, type LayersUnderTest } from './conformance/layer-laws.ts';
export { schedulerLaws } from './conformance/scheduler-laws.ts';
export type { SchedulerUnderTest, WaitingTask } from './conformance/scheduler-under-test.ts';
export { type ConformanceLaw, type Scorecard, scorecard } from './conformance/scorecard.ts';
export { workflowLaws } from './conformance/workflow-laws.ts';
export type {
  WorkflowHappening,
  WorkflowSeen,
  WorkflowStep,
  WorkflowUnderTest,
} from './conformance/workflow-under-test.ts';
