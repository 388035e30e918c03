import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import { recordingRules } from '../alerts/recording-rules.ts';
import { alerts, runbookOf } from '../alerts/rule-files.ts';
import { dashboardExpressions } from '../dashboards/dashboard-files.ts';
import { asPrometheus } from '../dashboards/panel.ts';

const root = join(import.meta.dirname, '../..');

/** Where PromQL's own grammar finds no meaning. */
function mistakes(expr: string): readonly string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ from, to, type }) => {
      if (type.isError) found.push(`${from}–${to} of ${expr}`);
    },
  });
  return found;
}

test('the grammar finds mistakes', () => {
  expect(mistakes('sum(rate(x[5m]) by')).not.toEqual([]);
});

describe('every expression is PromQL', () => {
  const rules = recordingRules.map(({ record, expr }) => [record, expr] as const);
  test.each([...rules, ...alerts.map(({ name, expr }) => [name, expr] as const)])(
    '%s',
    (_, expr) => {
      expect(mistakes(expr)).toEqual([]);
    },
  );
  test.each(Object.entries(dashboardExpressions()))('%s', (_, expr) => {
    expect(mistakes(asPrometheus(expr))).toEqual([]);
  });
});

test('what other programs have under the same name is not ours', () => {
  const all = [...Object.values(dashboardExpressions()), ...alerts.map(({ expr }) => expr)];
  const conventional =
    /\b(?:up\b|(?:process|nodejs|v8js|db_client|gen_ai_client)_\w+)(?!\w|\)|\{job="chimera")/g;
  expect(all.flatMap((expr) => expr.match(conventional) ?? [])).toEqual([]);
});

test.each(alerts.map((alert) => [alert.name, alert] as const))('%s has a runbook', (_, alert) => {
  expect(existsSync(join(root, runbookOf(alert)))).toBe(true);
});

test('an alert has one name, and one meaning of "fires" and "is silent"', () => {
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  for (const { fires, silent } of alerts) expect(fires.series).not.toEqual(silent.series);
});
