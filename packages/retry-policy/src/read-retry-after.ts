import { fieldOf } from './field-of.ts';

// Date.parse alone takes "order 66" for a date in 2066.
const httpDate =
  /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d(?: GMT|( \d{4}))$/;

/**
 * The header `Retry-After` in ms from `nowMs`: seconds, or a date in one of HTTP's three forms
 * (RFC 9110 §5.6.7; a date in the past is 0). Undefined for anything else.
 */
export function parseRetryAfter(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const form = httpDate.exec(text);
  if (form === null) return undefined;
  // The form of asctime() does not say that it is GMT, and Date.parse would take it as local time.
  const at = Date.parse(form[1] === undefined ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/**
 * Reads `Retry-After` off an error or a result, in ms from `nowMs`: from a `headers` of its own or
 * of its `response`, as a `Headers` object or a plain record. A number in `retryAfterMs` goes first.
 */
export function readRetryAfter(outcome: unknown, nowMs: number): number | undefined {
  const told = fieldOf(outcome, 'retryAfterMs');
  if (typeof told === 'number') return told >= 0 ? told : undefined;
  const headers = fieldOf(outcome, 'headers') ?? fieldOf(fieldOf(outcome, 'response'), 'headers');
  if (headers === undefined || headers === null) return undefined;
  return parseRetryAfter(headerOf(headers), nowMs);
}

function headerOf(headers: unknown): unknown {
  const { get } = headers as Partial<Headers>;
  if (typeof get === 'function') return get.call(headers, 'retry-after');
  const name = Object.keys(headers as object).find((key) => key.toLowerCase() === 'retry-after');
  return name === undefined ? undefined : fieldOf(headers, name);
}
