import { refuseOption } from '@chimera/policy';
import type { Json, WorkflowEvent } from '@chimera/workflow';
import { jsonCopy } from './json-copy.ts';

/**
 * An event as a reader would find it on the disk, and nobody else's to change. JSON has no
 * Infinity: who waits for ever waits for the last instant that it has, as the machine says.
 *
 * @throws RangeError for an event whose workflow could not be stored, or not be read again.
 */
export function eventCopy(event: WorkflowEvent): WorkflowEvent {
  if (!Number.isFinite(event.at)) refuse('at', 'a finite number', event.at);
  if (event.type === 'phase-succeeded' || event.type === 'phase-rejected') {
    if (event.output === undefined) refuse('output', 'JSON, null for none', event.output);
    // Mostly this one. Written out, as the copy of any object takes twice as long.
    if (event.type === 'phase-succeeded')
      return { type: event.type, at: event.at, output: jsonCopy(event.output) as Json };
    return copyOf(event);
  }
  if (event.type === 'parked') return copyOf({ ...event, until: instantOf('until', event.until) });
  if (event.type === 'phase-failed' && event.retryAt !== undefined)
    return copyOf({ ...event, retryAt: instantOf('retryAt', event.retryAt) });
  return copyOf(event);
}

function instantOf(name: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) refuse(name, 'a number', value);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function copyOf(event: WorkflowEvent): WorkflowEvent {
  return jsonCopy(event) as WorkflowEvent;
}

function refuse(name: string, rule: string, value: unknown): never {
  return refuseOption('workflow-store', `event.${name}`, rule, value);
}
