export {
  byRule,
  type Budget,
  type FailedAttempt,
  type RuleOptions,
} from './sim/clients/by-rule.ts';
export type { Site } from './sim/engine/site.ts';
export { AnswerError } from './sim/clients/answer-error.ts';
export type {
  Client,
  ClientCall,
  ClientOf,
  ClientSite,
  Executes,
  Sent,
  Watched,
} from './sim/clients/client.ts';
export { closed, type ClosedOptions, type Demand, evenly, poisson } from './sim/engine/demand.ts';
export { exponential, type Times } from './sim/engine/times.ts';
export { type Disturbance, endOf, type Trigger } from './sim/engine/triggers.ts';
export { batchMeans, type Interval, intervalOf } from './sim/measures/interval.ts';
export {
  latenciesOf,
  type Percentiles,
  type Stretch,
  summarise,
  type Summary,
} from './sim/measures/summary.ts';
export { recoveryMs, type RecoveryOptions } from './sim/measures/recovery.ts';
export { mser5 } from './sim/measures/warm-up.ts';
export { cached, type CachedOptions } from './sim/servers/cached.ts';
export { distant } from './sim/servers/distant.ts';
export { queueing, type QueueingOptions } from './sim/servers/queueing.ts';
export { scaling, type ScalingOptions } from './sim/servers/scaling.ts';
export type { Answer, Request, Server, ServerOf } from './sim/servers/server.ts';
export { shards } from './sim/servers/shards.ts';
export { simulate, type Simulation, type SimulationOptions } from './sim/simulate.ts';
export {
  type MapCell,
  type MapOptions,
  type MapRow,
  metastabilityMap,
  type MetastabilityMap,
  type Region,
} from './sim/metastability/metastability-map.ts';
export { mapSvg } from './sim/metastability/map-svg.ts';
export { type MapNames, mapText } from './sim/metastability/map-text.ts';
export { runSvg } from './sim/reports/run-svg.ts';
export { runText } from './sim/reports/run-text.ts';
export { sparkline } from './sim/reports/sparkline.ts';
