import { negotiate } from '@chimera/telemetry';
import { expect, it } from 'vitest';

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

it.each([
  [prometheus2, 'openmetrics'],
  ['application/openmetrics-text; version="1.0.0"; charset=utf-8', 'openmetrics'],
  ['application/openmetrics-text', 'openmetrics'],
  ['APPLICATION/OpenMetrics-Text;Q=0.2,text/plain;q=0.1', 'openmetrics'],
  ['application/openmetrics-text;version=0.0.1', 'prometheus'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.5', 'prometheus'],
  ['application/openmetrics-text;q=0', 'prometheus'],
  ['application/openmetrics-text;q=many', 'prometheus'],
  ['application/openmetrics-text;q=0.3,text/plain;q=0.5', 'prometheus'],
  ['text/plain;version=0.0.4', 'prometheus'],
  ['text/html,*/*', 'prometheus'],
  ['', 'prometheus'],
  [',;,=;', 'prometheus'],
  [undefined, 'prometheus'],
] as const)('answers %s with %s', (accept, format) => {
  expect(negotiate(accept)).toBe(format);
});
