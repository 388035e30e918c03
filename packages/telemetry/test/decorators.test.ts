import { readFileSync } from 'node:fs';
import {
  installTelemetry,
  measureMemory,
  MetricsRegistry,
  registryInstruments,
  timed,
  trackRequest,
} from '@chimera/telemetry';
import ts from 'typescript';
import { afterEach, expect, it } from 'vitest';
import type * as Fixture from './fixtures/decorated-report.ts';
import { valuesOf } from './scrape.ts';

/** The test runner's compiler leaves decorators as they are, and Node.js does not know them. */
async function lowered(): Promise<typeof Fixture> {
  const source = readFileSync(new URL('fixtures/decorated-report.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as typeof Fixture;
}

afterEach(() => {
  installTelemetry(undefined);
});

it('decorate methods, also private ones, and keep this, names and results', async () => {
  const { reportClass } = await lowered();
  const Report = reportClass({ timed, trackRequest, measureMemory });
  const report = new Report();
  // The class was there before.
  const registry = new MetricsRegistry();
  installTelemetry({ instruments: registryInstruments(registry) });
  expect(await report.render('Monday')).toBe('Monday body');
  expect(report.length()).toBe(4);
  expect(report.twice()).toBe(8);
  const lines: string[] = [];
  for await (const line of report.lines()) lines.push(line);
  expect(lines).toEqual(['body']);
  expect([report.render.name, report.render.length]).toEqual(['render', 1]);
  expect(Object.keys(report)).toEqual([]);
  expect(await valuesOf(registry)).toMatchObject({
    'report_render_calls_total{status=success}': 1,
    report_render_duration_seconds_count: 1,
    report_length_duration_seconds_count: 1,
    report_length_memory_peak_bytes: 1,
    report_twice_duration_seconds_count: 1,
    report_lines_duration_seconds_count: 1,
  });
});

it('refuse what experimentalDecorators calls them with', () => {
  const descriptor = { value: () => 1, configurable: true };
  const decorate = timed('report') as unknown as (...args: unknown[]) => unknown;
  for (const [target, key] of [
    [{}, 'render'],
    [Object, Symbol('render')],
  ] as const) {
    expect(() => decorate(target, key, descriptor)).toThrow(
      new TypeError(
        'telemetry: wraps functions and decorates methods; decorators need experimentalDecorators off',
      ),
    );
  }
  expect(() => decorate(undefined)).toThrow(TypeError);
});

it('are refused by the compiler where there is no method', () => {
  const wrap = timed('report');
  const getter = { kind: 'getter', name: 'size' } as const;
  const wrapped = wrap(async (title: string) => title.length);
  expect(wrapped).toBeTypeOf('function');
  // @ts-expect-error a getter is no method
  expect(() => wrap(() => 1, getter)).not.toThrow();
  // @ts-expect-error a number is no function
  expect(() => wrap(1)).toThrow(TypeError);
  // @ts-expect-error the function takes a text
  expect(wrapped(1)).toBeInstanceOf(Promise);
});
