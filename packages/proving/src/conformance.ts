export { type ConformanceLaw, type Scorecard, scorecard } from './conformance/scorecard.ts';
