import { expect, test } from 'vitest';
import type { Adapter, Subject } from '../adapter.ts';
import { ClockWorld } from '../clock-world.ts';
import { readScenarios } from '../read-scenarios.ts';
import { cellOf } from '../scoreboard.ts';

/** Calls the function, and has no policy at all. */
const bare: Subject = {
  call: (work, { signal }) => work(signal),
  refusalOf: () => undefined,
  retryAfterMs: () => undefined,
  state: () => 'closed',
  counts: () => ({ calls: 0, failures: 0 }),
  tokens: () => 0,
  isolate: () => () => {},
  setMode: () => {},
  store: () => ({}),
  restart: () => bare,
  listen: () => {},
  onWouldOpen: () => {},
  clear: () => {},
};

const adapter: Adapter = {
  library: 'bare',
  version: '0',
  lacks: {},
  open: (random) => new ClockWorld(random),
  create: () => bare,
};

test('a library without policies fails every scenario but those that ask it to leave things alone', async () => {
  const passed: string[] = [];
  for (const scenario of readScenarios()) {
    const { result } = await cellOf(scenario, adapter, []);
    if (result === 'pass') passed.push(scenario.id);
  }
  expect(passed).toEqual([
    // It cannot be made to retry, so it retries no abort.
    'rule-07-aborts-are-final',
    'rule-14-bounded-memory',
    'rule-23-plain-functions',
    'rule-25-no-timers-while-idle',
    'rule-26-turns',
  ]);
});
