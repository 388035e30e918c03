import type { JsonObject } from '@chimera/workflow';
import { tailOf } from './bounded-output.ts';
import type { ProcessEnd } from './run-process.ts';

const tailCharacters = 4_000;

/** What was seen of a process from outside, small enough to be stored. */
export function evidenceOf(end: ProcessEnd): JsonObject {
  return {
    exitCode: end.exitCode ?? null,
    signal: end.signal ?? null,
    durationMs: Math.round(end.durationMs),
    ...(end.resources === undefined ? {} : { resources: { ...end.resources } }),
    stdoutBytes: end.stdout.bytes,
    stderrBytes: end.stderr.bytes,
    stdoutTail: tailOf(end.stdout.text, tailCharacters),
    stderrTail: tailOf(end.stderr.text, tailCharacters),
    ...(end.stopped === undefined ? {} : { stopped: end.stopped, processGroup: 'killed' }),
    ...(end.killed.length === 0
      ? {}
      : { killed: end.killed.slice(0, 20).map((one) => ({ ...one })) }),
    ...(end.survivors.length === 0
      ? {}
      : { survivors: end.survivors.slice(0, 20).map((one) => ({ ...one })) }),
  };
}
