import {
  gradient,
  lean,
  panic,
  type PoolAutoscalerOptions,
  scalingPolicy,
  scheduled,
  seasonal,
  target,
} from '@chimera/pool-autoscaler';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { late, type Need, violations } from './laws.ts';
import { load, runLoad } from './scaling-run.ts';

/** Random steps in all; `pnpm run campaign` takes ten times as many. */
const steps = Number(process.env['CHIMERA_STEPS'] ?? 100_000);

const never: Need = () => false;
const hasWaiting: Need = ({ size, running, queued }) => queued > 0 && running + queued > size;

const candidates: readonly (readonly [string, PoolAutoscalerOptions, Need])[] = [
  [
    'threshold',
    {},
    ({ size, running, queued, sinceUpMs }) =>
      (running + queued) / size >= 0.8 && sinceUpMs >= 60_000,
  ],
  [
    'threshold, eager',
    { cooldownMs: 0 },
    ({ size, running, queued }) => (running + queued) / size >= 0.8,
  ],
  [
    'target',
    { rules: target() },
    ({ size, running, queued, sinceUpMs }) =>
      (running + queued) / size > 0.78 && sinceUpMs >= 15_000,
  ],
  [
    'panic',
    { rules: panic() },
    ({ size, running, queued, isFirst }) => isFirst && running + queued > size,
  ],
  ['lean', { rules: lean() }, hasWaiting],
  ['lean, with a resize cost', { rules: lean(), resizeCostMs: '30s' }, hasWaiting],
  ['gradient', { rules: gradient() }, never],
  ['lean under gradient', { rules: [lean(), gradient()] }, never],
  [
    'lean over a schedule',
    { rules: [lean(), scheduled([{ from: '00:01', to: '00:05', floor: 7 }])] },
    hasWaiting,
  ],
  ['lean over a season', { rules: [lean(), seasonal({ periodMs: '10m', parts: 10 })] }, hasWaiting],
];

test.each(candidates)(
  '%s keeps every law on random load',
  (_, options, need) => {
    const policy = scalingPolicy(options);
    for (let done = 0; done < steps / candidates.length;) {
      fc.assert(
        fc.property(load, fc.integer({ min: 1, max: 12 }), (ticks, size) => {
          const run = runLoad(policy, ticks, size);
          done += run.length;
          expect(violations(run, policy)).toEqual([]);
          expect(late(run, policy, need)).toEqual([]);
        }),
        { numRuns: 20 },
      );
    }
  },
  300_000,
);
