import type { Need } from './adapter.ts';
import type { Expectation, ScenarioCase, Step } from './scenario-schema.ts';

/** What a library has to be able to do for a case to apply to it, beyond the policies. */
export function needsOf({ steps }: ScenarioCase): readonly Need[] {
  return [...new Set(steps.flatMap(needsOfStep))];
}

function needsOfStep(step: Step): Need[] {
  if ('expect' in step) return needsOfExpectation(step.expect);
  if ('call' in step) {
    const needs: Need[] = [];
    if (step.signal !== undefined) needs.push('signal');
    if (step.signal === 'aborted on retry') needs.push('retry notice');
    if (step.priority !== undefined) needs.push('priority');
    return needs;
  }
  if ('isolate' in step) return ['isolate'];
  if ('mode' in step) return [step.mode];
  if ('restart' in step) return ['restart'];
  if ('listen' in step) return ['listen'];
  if ('clear' in step) return ['clear'];
  return [];
}

function needsOfExpectation(expected: Expectation): Need[] {
  const needs: Need[] = [];
  if (expected.state !== undefined) needs.push('state');
  if (expected.counts !== undefined) needs.push('counts');
  const calls = Object.values(expected.calls ?? {});
  if (calls.some((call) => call.disposedResults !== undefined)) needs.push('disposal');
  if (expected.rate !== undefined) needs.push('rate');
  if (expected.limit !== undefined) needs.push('limit');
  if (expected.tokens !== undefined) needs.push('tokens');
  if (expected.storedBytes !== undefined) needs.push('restart');
  if (expected.toldWouldOpen !== undefined) needs.push('would-open notice');
  if (expected.refusals?.retryAfterMs !== undefined) needs.push('retry-after');
  return needs;
}
