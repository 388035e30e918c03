import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TimePanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** One question that an operator has, and the expressions that answer it. */
export interface Panel {
  readonly title: string;
  /** What to make of it, for somebody who has been woken. */
  readonly description: string;
  /** Of Grafana: `s`, `percentunit`, `bytes`, `short`, `ops`. */
  readonly unit: string;
  /** PromQL by legend. */
  readonly lines: Readonly<Record<string, string>>;
  /** One number instead of lines over time. */
  readonly isNow?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const datasource = { type: 'prometheus', uid: '${datasource}' };

export function built({
  title,
  description,
  unit,
  lines,
  isNow = false,
}: Panel): StatPanel | TimePanel {
  const panel = isNow ? new StatPanel() : new TimePanel();
  panel.title(title).description(description).unit(unit).datasource(datasource);
  panel.span(isNow ? 4 : 8).height(isNow ? 4 : 8);
  for (const [index, [legend, expr]] of Object.entries(lines).entries()) {
    const refId = String.fromCodePoint(65 + index);
    panel.withTarget(new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend));
  }
  return panel;
}

/** Of metrics whose names OpenTelemetry gives: other programs have them, too. */
export const ours = '{job="chimera"}';

/** What Grafana asks of Prometheus, for a panel of an hour. */
export function asPrometheus(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m');
}

/** The share of observations under which `quantile` of them lie. `selector` chooses series: `{job="chimera"}`. */
export function quantile(
  share: number,
  histogram: string,
  by: string = '',
  selector: string = '',
): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;
}

export function ratePerSecond(counter: string, by: string): string {
  return `sum by (${by}) (rate(${counter}[$__rate_interval]))`;
}
