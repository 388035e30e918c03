export type { Arrival, Load } from './arrival.ts';
export { candidatesOf } from './candidates.ts';
export {
  type Bounds,
  type Candidate,
  compare,
  type Comparison,
  type ComparisonRow,
} from './compare.ts';
export { adversarialLoad, burstyLoad, diurnalLoad, flatLoad } from './loads.ts';
export { oracleIdleMs } from './oracle.ts';
export { formatOf, readTrace, type TraceFormat, type TraceReading } from './read-trace.ts';
export { runSimulation } from './run-simulation.ts';
export {
  simulate,
  type SimulatedTick,
  type SimulationOptions,
  type SimulationResult,
} from './simulate.ts';
export { svgPlot } from './svg-plot.ts';
export { table } from './table.ts';
