import type { Random } from '@chimera/policy';
import { Choices } from './choices.ts';
import { depthOf, durationsOf, type RetryRules, type Rules, type TimeoutRules } from './rules.ts';
import type { Attempt, Ending, Program, Step } from './step.ts';

/**
 * A random program for a policy. Its length follows from how many calls it takes to reach every
 * state, its waits aim at what the rules let fall due: with waits of any length and ten steps, a bug
 * behind an open time of 30 s is never reached.
 */
export function generate(rules: Rules, random: Random): Program {
  const choices = new Choices(random);
  const length = choices.integer(1, 5 * depthOf(rules));
  return Array.from({ length }, () => stepFor(rules, choices));
}

function stepFor(rules: Rules, choices: Choices): Step {
  const durations = durationsOf(rules);
  const make = choices.weighted<() => Step>(
    [30, () => start(rules, choices)],
    [rules.kind === 'rate-limit' || rules.kind === 'retry' ? 0 : 30, () => end(rules, choices)],
    [20, () => aimed(choices)],
    [6, () => ({ do: 'wait', ms: waitMs(durations, choices) })],
    [rules.kind === 'rate-limit' ? 0 : 6, () => ({ do: 'abort', nth: choices.integer(0, 5) })],
    [3, () => ({ do: 'jump', ms: choices.integer(-100_000, 100_000) })],
    [2, () => ({ do: 'restart' })],
  );
  return make();
}

function aimed(choices: Choices): Step {
  const nth = choices.weighted([6, 0], [2, 1], [1, 2]);
  return { do: 'await', nth, plus: choices.weighted<-1 | 0 | 1>([1, -1], [4, 0], [1, 1]) };
}

function waitMs(durations: readonly number[], choices: Choices): number {
  const [first = 1_000, ...others] = durations;
  const ms = choices.oneOf(first, ...others);
  return choices.weighted([3, choices.integer(1, 10)], [2, choices.integer(0, ms)], [1, ms]);
}

function start(rules: Rules, choices: Choices): Step {
  switch (rules.kind) {
    case 'breaker':
      return { do: 'start', heeds: true };
    case 'bulkhead':
      return choices.isLucky(0.3) ? { do: 'start', heeds: true } : { do: 'start' };
    case 'rate-limit':
      return { do: 'start', script: [{ gives: choices.weighted(...endings), afterMs: 0 }] };
    case 'timeout':
      return timedStart(rules, choices);
    case 'retry':
      return retriedStart(rules, choices);
  }
}

const endings = [
  [6, 'S'],
  [3, 'F'],
  [1, 'X'],
] as const;

function end(rules: Rules, choices: Choices): Step {
  const gives: Ending =
    rules.kind === 'breaker'
      ? choices.weighted([6, 'F'], [4, 'S'], [1, 'X'])
      : choices.weighted(...endings);
  return { do: 'end', nth: choices.integer(0, 5), gives };
}

function timedStart({ afterMs }: TimeoutRules, choices: Choices): Step {
  if (choices.isLucky(0.4)) return { do: 'start', heeds: choices.isLucky(0.5) };
  const takes = choices.weighted(
    [2, choices.integer(0, afterMs)],
    [1, afterMs - 1],
    [1, afterMs],
    [1, afterMs + 1],
    [1, choices.integer(0, 2 * afterMs)],
  );
  return { do: 'start', script: [{ gives: choices.weighted(...endings), afterMs: takes }] };
}

function retriedStart(rules: RetryRules, choices: Choices): Step {
  const length = choices.integer(1, Math.min(rules.maxRetries, 12) + 2);
  const script = Array.from({ length }, () => attempt(rules, choices));
  if (!rules.heedsDeadline || choices.isLucky(0.5)) return { do: 'start', script };
  return { do: 'start', script, deadlineMs: choices.integer(0, 4 * rules.baseMs) };
}

function attempt({ baseMs, hintCapMs }: RetryRules, choices: Choices): Attempt {
  const gives = choices.weighted<Ending>([7, 'F'], [2, 'S'], [1, 'X']);
  const afterMs = choices.weighted([2, 0], [2, choices.integer(0, 100)], [1, baseMs]);
  if (gives !== 'F' || hintCapMs === 0 || choices.isLucky(0.6)) return { gives, afterMs };
  return { gives, afterMs, hintMs: choices.integer(0, 2 * hintCapMs) };
}
