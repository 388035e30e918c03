export {
  autoscalerLaws,
  type AutoscalerUnderTest,
  type LoadSeen,
} from './conformance/autoscaler-laws.ts';
export {
  deadLetterLaws,
  type DeadLettersUnderTest,
  type ParkedLetter,
} from './conformance/dead-letter-laws.ts';
export { schedulerLaws, type SchedulerUnderTest } from './conformance/scheduler-laws.ts';
export { type ConformanceLaw, type Scorecard, scorecard } from './conformance/scorecard.ts';
