import { expect, test } from 'vitest';
import { familyOf, leftoversOf } from '../src/process-family.ts';
import type { ProcessEntry } from '../src/process-entry.ts';

function entry(
  pid: number,
  parentId: number,
  groupId: number,
  env: Record<string, string> = {},
  startedAt = 100,
): ProcessEntry {
  return {
    pid,
    parentId,
    groupId,
    sessionId: groupId,
    startedAt,
    environmentValue: (name) => env[name],
    commandLine: () => `program ${pid}`,
    isStillThere: () => true,
  };
}

const pids = (entries: readonly ProcessEntry[]) =>
  entries.map(({ pid }) => pid).sort((a, b) => a - b);

const leader = { pid: 10, startedAt: 50, token: 'token', isReaped: () => false };

test('a family is group, session, whoever carries the token, and their descendants', () => {
  const table = [
    entry(1, 0, 1),
    entry(10, 1, 10),
    entry(11, 10, 10),
    entry(12, 1, 12, { CHIMERA_PROCESS: 'token' }),
    entry(13, 12, 13),
    entry(14, 13, 14),
    { ...entry(15, 1, 15), sessionId: 10 },
    entry(20, 1, 20, { CHIMERA_PROCESS: 'another' }),
    entry(21, 20, 20),
  ];
  expect(pids(familyOf(leader)(table))).toEqual([10, 11, 12, 13, 14, 15]);
});

test('what is older than the leader is no family, whatever its ids', () => {
  expect(familyOf(leader)([entry(10, 1, 10, {}, 49), entry(12, 1, 10, {}, 49)])).toEqual([]);
  expect(pids(familyOf(leader)([entry(12, 1, 10, {}, 50)]))).toEqual([12]);
});

test('after the leader has been reaped, a group under its pid may be a stranger’s', () => {
  const reaped = { ...leader, isReaped: () => true };
  expect(pids(familyOf(reaped)([entry(11, 1, 10)]))).toEqual([11]);
  const reused = [
    entry(10, 1, 10),
    entry(11, 10, 10),
    entry(12, 1, 12, { CHIMERA_PROCESS: 'token' }),
  ];
  expect(pids(familyOf(reaped)(reused))).toEqual([12]);
});

test('leftovers carry an ended run’s marker, or descend from one that does', () => {
  const table = [
    entry(1, 0, 1),
    entry(5, 1, 5),
    entry(10, 1, 10, { CHIMERA_RUN: 'ended' }),
    entry(11, 10, 11),
    entry(12, 10, 12, { CHIMERA_RUN: 'living' }),
    entry(20, 1, 20, { CHIMERA_RUN: 'living' }),
    entry(30, 5, 30, { CHIMERA_RUN: 'own' }),
  ];
  const family = leftoversOf((marker) => marker === 'ended', 5);
  expect(pids(family(table))).toEqual([10, 11]);
});

test('a daemon started by an ended run spares itself, its ancestors and its session', () => {
  const table = [
    entry(1, 0, 1),
    entry(10, 1, 10, { CHIMERA_RUN: 'ended' }),
    entry(11, 10, 11, { CHIMERA_RUN: 'ended' }),
    { ...entry(12, 1, 12, { CHIMERA_RUN: 'ended' }), sessionId: 11 },
    entry(13, 10, 13, { CHIMERA_RUN: 'ended' }),
    { ...entry(14, 13, 14), sessionId: 11 },
  ];
  expect(pids(leftoversOf(() => true, 11)(table))).toEqual([13]);
});
