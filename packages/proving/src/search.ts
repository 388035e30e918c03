export { harmText } from './search/harm-text.ts';
export type { JudgedSystem } from './search/judge-trace.ts';
export type { Measure } from './search/measure.ts';
export { replayHarm } from './search/replay-harm.ts';
export {
  type Finding,
  type HarmSearch,
  searchHarm,
  type SearchOptions,
} from './search/search-harm.ts';
export type { JudgedBy } from './search/settings.ts';
export type { Trace, TraceSpace } from './search/trace.ts';
export type { Fared, HarmVerdict } from './search/verdict.ts';
export { type HarmClaim, noHarm } from './search/no-harm.ts';
