import type { Clock } from '@chimera/policy';
import type { WorkflowRecord } from '@chimera/workflow-store';
import { perPair } from '../per-value.ts';
import {
  isUuid,
  traceIdOf,
  traceparentLabel,
  workflowSpanId,
} from '../telemetry/trace-identity.ts';
import { jsonText } from './json-text.ts';
import type { LineBuffer } from './line-buffer.ts';

/**
 * The line of a workflow that completed, put together of bytes: by far the most workflows do, and
 * nothing is logged so often. The lines of one phase differ in their time, ids and numbers. So what
 * they have in common is encoded once, with room for what is as long each time, and a line is a
 * copy of that with the ids of its workflow written over it. It says what pino would have said for
 * a tenth of the time, and leaves no garbage.
 */
export class CompletedLines {
  readonly #lines: LineBuffer;
  readonly #clock: Pick<Clock, 'now'>;
  /** By the digits of the duration: a line of as many has all else in its place. */
  readonly #forms = perPair((definition: string, phase: string) =>
    Array.from({ length: mostDigits + 1 }, (_, digits) => new Form(definition, phase, digits)),
  );

  constructor(lines: LineBuffer, clock: Pick<Clock, 'now'>) {
    this.#lines = lines;
    this.#clock = clock;
  }

  /** False, and nothing is written, of a workflow that is not like most: its id is another's, or its numbers are. */
  write(record: WorkflowRecord, durationMs: number): boolean {
    const { definition, id, labels, state } = record;
    const digits = digitsOf(durationMs);
    const form = this.#forms(definition, state.phase)[digits];
    if (form === undefined || digitsOf(state.retries) > 1 || !isUuid(id)) return false;
    form.date(this.#clock.now());
    const { bytes: line } = form;
    const bytes = this.#lines.room(line.length);
    const start = this.#lines.length;
    bytes.set(line, start);
    putIds(bytes, start, id);
    if (labels?.[traceparentLabel] !== undefined) put(bytes, start + traceAt, traceIdOf(record));
    if ((state.requeues ?? 0) > 0) put(bytes, start + spanAt, workflowSpanId(record));
    putNumber(bytes, start + form.durationAt, digits, durationMs);
    bytes[start + form.retriesAt] = zero + state.retries;
    this.#lines.wrote(line.length);
    return true;
  }
}

/** A line but for what differs from workflow to workflow. */
class Form {
  readonly bytes: Buffer;
  /** Where the duration stands. */
  readonly durationAt: number;
  /** One digit. */
  readonly retriesAt: number;
  #at = Number.NaN;
  #secondAt = Number.NaN;

  constructor(definition: string, phase: string, digits: number) {
    const before = `${beforeTime}${time}${beforeTrace}${zeros(32)}${beforeSpan}${zeros(16)}${beforeTask}${noId}","workflow_phase":${jsonText(phase)},"component":"workflow","context":{"definition":${jsonText(definition)},"status":"completed","durationMs":`;
    this.durationAt = Buffer.byteLength(before);
    this.bytes = Buffer.from(
      `${before}${zeros(digits)}${beforeRetries}0},"msg":"workflow completed"}\n`,
    );
    this.retriesAt = this.durationAt + digits + beforeRetries.length;
  }

  /** Workflows end many in a millisecond, and to tell a date costs as much as the rest of a line: it is told once a second. */
  date(now: number): void {
    if (now === this.#at) return;
    this.#at = now;
    const ms = ((now % 1_000) + 1_000) % 1_000;
    if (now - ms !== this.#secondAt) {
      this.#secondAt = now - ms;
      put(this.bytes, beforeTime.length, new Date(now).toISOString());
    }
    this.bytes[msAt] = zero + Math.floor(ms / 100);
    this.bytes[msAt + 1] = zero + (Math.floor(ms / 10) % 10);
    this.bytes[msAt + 2] = zero + (ms % 10);
  }
}

const zeros = (length: number): string => '0'.repeat(length);
const noId = '00000000-0000-0000-0000-000000000000';
const time = '2026-01-01T00:00:00.000Z';
const beforeTime = '{"level":"info","time":"';
const beforeTrace = '","service":"chimera","trace_id":"';
const beforeSpan = '","span_id":"';
const beforeTask = '","task_id":"';
const beforeRetries = ',"retries":';
/** Of a duration in ms: eleven days. */
const mostDigits = 9;

const traceAt = beforeTime.length + time.length + beforeTrace.length;
const spanAt = traceAt + 32 + beforeSpan.length;
const taskAt = spanAt + 16 + beforeTask.length;
/** Of the three digits of the milliseconds. */
const msAt = beforeTime.length + time.length - 4;
const zero = 0x30;

/**
 * A workflow's id, and those of its trace and its span as they are made of it: see `traceIdOf` and
 * `workflowSpanId`. Its dashes are in the form.
 */
function putIds(bytes: Buffer, start: number, id: string): void {
  const [trace, span, task] = [start + traceAt, start + spanAt, start + taskAt];
  putDigits(bytes, id, 0, 8, task, trace);
  putDigits(bytes, id, 9, 13, task, trace - 1);
  putDigits(bytes, id, 14, 18, task, trace - 2);
  putDigits(bytes, id, 19, 23, task, trace - 3);
  putDigits(bytes, id, 24, 36, task, trace - 4);
  for (let index = 0; index < 16; index += 1)
    bytes[span + index] = bytes[trace + 16 + index] as number;
}

/** Digits of an id, each to where it stands in the id, and in the trace's. */
function putDigits(
  bytes: Buffer,
  id: string,
  from: number,
  until: number,
  task: number,
  trace: number,
): void {
  for (let index = from; index < until; index += 1) {
    const digit = id.charCodeAt(index);
    bytes[task + index] = digit;
    bytes[trace + index] = digit;
  }
}

/** Text of ASCII alone. */
function put(bytes: Buffer, start: number, text: string): void {
  for (let index = 0; index < text.length; index += 1)
    bytes[start + index] = text.charCodeAt(index);
}

/** Of a whole number >= 0; otherwise, and of too long a one, more than there are forms. */
function digitsOf(value: number): number {
  if (!(Number.isInteger(value) && value >= 0)) return mostDigits + 1;
  let digits = 1;
  for (let bound = 10; value >= bound && digits <= mostDigits; bound *= 10) digits += 1;
  return digits;
}

function putNumber(bytes: Buffer, start: number, digits: number, value: number): void {
  let rest = value;
  for (let at = start + digits - 1; at >= start; at -= 1) {
    const tens = Math.floor(rest / 10);
    bytes[at] = zero + rest - 10 * tens;
    rest = tens;
  }
}
