import { expect, test } from 'vitest';
import {
  autoscalerLaws,
  deadLetterLaws,
  degradationLaws,
  fallbackLaws,
  layerLaws,
  schedulerLaws,
} from '../src/conformance.ts';
import { daemonLaws } from '../src/history.ts';
import { allLaws } from '../src/index.ts';
import {
  autoscalerMutants,
  deadLetterMutants,
  degradationMutants,
  fallbackMutants,
  layerMutants,
  schedulerMutants,
  zoo,
} from '../src/mutants.ts';

/** What a resilience system has to keep, as the kit was planned: 73 invariants, by family. */
const families = {
  daemon: 12,
  breaker: 10,
  retry: 10,
  dlq: 10,
  autoscaler: 10,
  degradation: 10,
  scheduler: 11,
};

/** Said by a law of every kind: the same seed and the same calls come to the same. */
const saidBy: Readonly<Record<string, string>> = { 'retry-8': 'call-7' };

const invariants = Object.entries(families).flatMap(([family, count]) =>
  Array.from({ length: count }, (_, index) => `${family}-${index + 1}`),
);

const idsOf = (laws: readonly { readonly id: string }[]) => laws.map(({ id }) => id);

test('every one of the 73 invariants is a law', () => {
  const contracts = [autoscalerLaws, deadLetterLaws, degradationLaws, fallbackLaws, layerLaws];
  const laws = new Set([
    ...idsOf(allLaws()),
    ...contracts.flatMap(idsOf),
    ...idsOf(schedulerLaws),
    ...idsOf(daemonLaws),
  ]);
  expect(invariants).toHaveLength(73);
  expect(invariants.filter((id) => !laws.has(saidBy[id] ?? id))).toEqual([]);
});

test('and each has a shipped mutant that it finds, but those of histories', () => {
  const mutants = [
    ...zoo(),
    ...autoscalerMutants,
    ...deadLetterMutants,
    ...degradationMutants,
    ...fallbackMutants,
    ...layerMutants,
    ...schedulerMutants,
  ];
  const broken = new Set(mutants.map(({ breaks }) => breaks));
  // A history is no policy: its mutants are wrong histories, in the tests beside the checkers.
  const ofPolicies = invariants.filter((id) => !id.startsWith('daemon-'));
  expect(ofPolicies.filter((id) => !broken.has(saidBy[id] ?? id))).toEqual([]);
});
