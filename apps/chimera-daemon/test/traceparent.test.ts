import { expect, it } from 'vitest';
import { spanIdOf, traceIdOf } from '../src/telemetry/trace-identity.ts';
import { formatTraceparent, parseTraceparent } from '../src/telemetry/traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

it('reads what W3C Trace Context allows', () => {
  const parsed = { traceId, spanId, sampled: true };
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual(parsed);
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ ...parsed, sampled: false });
  expect(parseTraceparent(`cc-${traceId}-${spanId}-03-what-the-future-holds`)).toEqual(parsed);
  expect(formatTraceparent(parsed)).toBe(`00-${traceId}-${spanId}-01`);
});

it.each([
  undefined,
  7,
  '',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-01\n00-${traceId}-${spanId}-01`,
])('does not take %j for a trace', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

it("names a workflow's trace by the request that submitted it, else by its id", () => {
  const id = '0199a0b8-1234-7abc-8def-0123456789ab';
  expect(traceIdOf({ id })).toBe('0199a0b812347abc8def0123456789ab');
  const labels = { traceparent: `00-${traceId}-${spanId}-01` };
  expect(traceIdOf({ id, labels })).toBe(traceId);
  expect(traceIdOf({ id, labels: { traceparent: 'nonsense' } })).toBe(traceIdOf({ id }));
  expect(traceIdOf({ id: 'seven' })).toMatch(/^[0-9a-f]{32}$/);
});

it('gives the same span the same id, and others another', () => {
  expect(spanIdOf('w', 'attempt', 1)).toBe(spanIdOf('w', 'attempt', 1));
  expect(spanIdOf('w', 'attempt', 1)).not.toBe(spanIdOf('w', 'attempt', 2));
  expect(spanIdOf('w', 'attempt', 1)).toMatch(/^[0-9a-f]{16}$/);
});
