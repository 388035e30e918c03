import { scopeFields } from '../telemetry/phase-scope.ts';
import { isError, type Plain, plain, plainText } from './plain.ts';

/** These stand beside `time`, `level`, `msg` and `service`; whatever else is told is below `context`. */
const ownFields: ReadonlySet<string> = new Set([
  'trace_id',
  'span_id',
  'task_id',
  'workflow_phase',
  'component',
]);

/** The fields of a line: those of the phase that is being run here, then what was told. */
export function logFields(told: unknown): { [key: string]: Plain } {
  const fields: { [key: string]: Plain } = { ...scopeFields() };
  const context: { [key: string]: Plain } = {};
  const copied = plain(isError(told) ? { err: told } : told);
  if (typeof copied !== 'object' || copied === null) {
    if (told !== undefined) context['value'] = copied;
  } else {
    for (const [key, value] of Object.entries(copied)) {
      (ownFields.has(key) ? fields : context)[key] = value;
    }
  }
  return Object.keys(context).length === 0 ? fields : { ...fields, context };
}

/** What the line says; an error that nobody put into words says it itself. */
export function logMessage(told: unknown, message: unknown): string | undefined {
  if (typeof message === 'string') return plainText(message);
  if (message !== undefined) return plainText(JSON.stringify(plain(message)));
  if (!isError(told)) return undefined;
  const copied = plain(told);
  const own = typeof copied === 'object' && copied !== null && 'message' in copied;
  return own && typeof copied.message === 'string' ? copied.message : 'an error';
}
