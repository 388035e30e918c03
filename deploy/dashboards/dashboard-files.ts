import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { agentPerformance } from './agent-performance.ts';
import { databaseAndRuntime } from './database-and-runtime.ts';
import { failureAnalysis } from './failure-analysis.ts';
import { built, type Row } from './panel.ts';
import { taskProcessing } from './task-processing.ts';

/** By uid, which is also the name of the file. */
const dashboards: Readonly<
  Record<string, { readonly title: string; readonly rows: readonly Row[] }>
> = {
  'chimera-agents': { title: 'Chimera: agent performance', rows: agentPerformance },
  'chimera-tasks': { title: 'Chimera: task processing', rows: taskProcessing },
  'chimera-failures': { title: 'Chimera: failure analysis', rows: failureAnalysis },
  'chimera-runtime': { title: 'Chimera: database and runtime', rows: databaseAndRuntime },
};

/** Every expression that a dashboard asks, by `dashboard / panel / legend`. */
export function dashboardExpressions(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(dashboards).flatMap(([uid, { rows }]) =>
      rows.flatMap(({ panels }) =>
        panels.flatMap(({ title, lines }) =>
          Object.entries(lines).map(([legend, expr]) => [`${uid} / ${title} / ${legend}`, expr]),
        ),
      ),
    ),
  );
}

export function dashboardFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(dashboards).map(([uid, { title, rows }]) => [
      `grafana/${uid}.json`,
      `${JSON.stringify(dashboard(uid, title, rows), undefined, 2)}\n`,
    ]),
  );
}

function dashboard(uid: string, title: string, rows: readonly Row[]): unknown {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['chimera'])
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    );
  for (const { title: heading, panels } of rows) {
    builder.withRow(new RowBuilder(heading));
    for (const panel of panels) builder.withPanel(built(panel));
  }
  return builder.build();
}
