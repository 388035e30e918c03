import { describe, expect, test } from 'vitest';
import {
  type CircuitEvent,
  type CircuitRules,
  type CircuitState,
  consecutive,
  transition,
  type Verdict,
} from '../src/index.ts';

const rules: CircuitRules = {
  detector: consecutive(2),
  probes: 2,
  permittedFailureRate: 0,
  probeTimeoutMs: 50,
  maxWait: undefined,
  openFor: (reopenings) => 100 * (reopenings + 1),
};

const closed: CircuitState = { status: 'closed', epoch: 4, window: 0 };
const shaken: CircuitState = { status: 'closed', epoch: 4, window: 1 };
const open: CircuitState = {
  status: 'open',
  epoch: 5,
  reason: 'failures in a row',
  openedAt: 1_000,
  until: 1_100,
  reopenings: 0,
};
const probing: CircuitState = {
  status: 'half-open',
  epoch: 6,
  enteredAt: 1_100,
  reopenings: 0,
  probes: [{ id: 0, expiresAt: 1_150 }],
  nextProbe: 1,
  ended: 0,
  failed: 0,
  slow: 0,
};
const halfway: CircuitState = { ...probing, ended: 1 };
const forced: CircuitState = {
  status: 'forced-open',
  epoch: 7,
  mode: 'forced-open',
  isolations: 0,
};
const isolated: CircuitState = {
  status: 'forced-open',
  epoch: 7,
  mode: 'automatic',
  isolations: 1,
};
const disabled: CircuitState = { ...forced, status: 'disabled', mode: 'disabled' };
const measuring: CircuitState = {
  status: 'metrics-only',
  epoch: 7,
  mode: 'metrics-only',
  isolations: 0,
  window: 1,
  exceeded: null,
};

const settled = (at: number, epoch: number, verdict: Verdict, probe = -1): CircuitEvent => ({
  type: 'settled',
  at,
  epoch,
  probe,
  verdict,
  durationMs: 1,
  openForMs: undefined,
});
const admitted = (at: number): CircuitEvent => ({ type: 'admitted', at });

type Row = [string, CircuitState, CircuitEvent, Partial<CircuitState> | 'same'];

const table: Row[] = [
  ['a closed circuit admits without a trace', closed, admitted(5), 'same'],
  ['a failure is counted', closed, settled(5, 4, 'failure'), { status: 'closed', window: 1 }],
  ['a success starts the count again', shaken, settled(5, 4, 'success'), { window: 0 }],
  ['a success without failures changes nothing', closed, settled(5, 4, 'success'), 'same'],
  ['an ignored call changes nothing', shaken, settled(5, 4, 'ignored'), 'same'],
  [
    'the last failure of the row opens',
    shaken,
    settled(1_000, 4, 'failure'),
    { status: 'open', epoch: 5, openedAt: 1_000, until: 1_100, reopenings: 0 },
  ],
  [
    'a verdict can open at once',
    closed,
    settled(7, 4, 'trip'),
    { status: 'open', reason: 'verdict', until: 107 },
  ],
  ['a failure of an older epoch is nothing', shaken, settled(5, 3, 'failure'), 'same'],
  ['an open circuit admits nobody before its time', open, admitted(1_099), 'same'],
  ['an outcome does not move an open circuit', open, settled(1_050, 4, 'success'), 'same'],
  [
    'at its time it admits a probe',
    open,
    admitted(1_100),
    {
      status: 'half-open',
      epoch: 6,
      enteredAt: 1_100,
      nextProbe: 1,
      probes: [{ id: 0, expiresAt: 1_150 }],
    },
  ],
  [
    'half-open admits up to its number of probes',
    probing,
    admitted(1_110),
    {
      nextProbe: 2,
      probes: [
        { id: 0, expiresAt: 1_150 },
        { id: 1, expiresAt: 1_160 },
      ],
    },
  ],
  ['probes that have ended count towards that number', halfway, admitted(1_110), 'same'],
  [
    'a failed probe opens again, for longer',
    probing,
    settled(1_120, 6, 'failure', 0),
    { status: 'open', epoch: 7, reason: 'probes', until: 1_320, reopenings: 1 },
  ],
  [
    'a probe that succeeds is counted',
    probing,
    settled(1_120, 6, 'success', 0),
    { status: 'half-open', ended: 1, failed: 0, probes: [] },
  ],
  [
    'the last probe to succeed closes',
    halfway,
    settled(1_120, 6, 'success', 0),
    { status: 'closed', epoch: 7, window: 0 },
  ],
  [
    'an ignored probe frees its place',
    halfway,
    settled(1_120, 6, 'ignored', 0),
    { status: 'half-open', ended: 1, failed: 0, probes: [] },
  ],
  ['a probe is heard once', halfway, settled(1_120, 6, 'failure', 9), 'same'],
  ['a late failure does not reach the probes', probing, settled(1_120, 4, 'failure'), 'same'],
  [
    'a probe that hangs has failed when its time is up',
    probing,
    { type: 'elapsed', at: 1_170 },
    { status: 'open', openedAt: 1_150, until: 1_350, reopenings: 1 },
  ],
  [
    'told to, it opens',
    closed,
    { type: 'tripped', at: 9, cause: 'told to', openForMs: 33 },
    { status: 'open', reason: 'told to', until: 42 },
  ],
  ...(['told to', 'peers'] as const).map((cause): Row => [
    `half-open and ${cause}, it opens, and no recovery has failed`,
    probing,
    { type: 'tripped', at: 1_110, cause, openForMs: undefined },
    { status: 'open', reason: cause, until: 1_210, reopenings: 0 },
  ]),
  [
    'forced open, it is not tripped',
    forced,
    { type: 'tripped', at: 9, cause: 'told to', openForMs: 1 },
    'same',
  ],
  [
    'disabled, it is not tripped',
    disabled,
    { type: 'tripped', at: 9, cause: 'told to', openForMs: 1 },
    'same',
  ],
  ['disabled, outcomes are nothing', disabled, settled(9, 7, 'failure'), 'same'],
  [
    'metrics-only says what it would have done, and stays',
    measuring,
    settled(9, 7, 'failure'),
    { status: 'metrics-only', epoch: 7, window: 2, exceeded: 'failures in a row' },
  ],
  [
    'an isolation forces open',
    shaken,
    { type: 'isolated' },
    { status: 'forced-open', epoch: 5, mode: 'automatic', isolations: 1 },
  ],
  ['isolations add up', isolated, { type: 'isolated' }, { epoch: 8, isolations: 2 }],
  [
    'the last release closes, with nothing counted',
    isolated,
    { type: 'released' },
    { status: 'closed', epoch: 8, window: 0 },
  ],
  ['a release without isolation is nothing', forced, { type: 'released' }, 'same'],
  [
    'a mode waits beneath an isolation',
    isolated,
    { type: 'mode-set', mode: 'disabled' },
    { status: 'forced-open', mode: 'disabled', isolations: 1 },
  ],
  [
    'automatic starts over',
    open,
    { type: 'mode-set', mode: 'automatic' },
    { status: 'closed', epoch: 6, window: 0 },
  ],
];

describe('transition', () => {
  test.each(table)('%s', (_claim, state, event, expected) => {
    const before = structuredClone(state);
    const after = transition(state, event, rules);
    expect(after === state, 'the same object').toBe(expected === 'same');
    expect(after).toMatchObject(expected === 'same' ? before : expected);
    expect(state, 'the state given is not changed').toEqual(before);
  });
});
