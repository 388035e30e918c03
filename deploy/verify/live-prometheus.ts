import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort, started, until } from './processes.ts';

const deploy = join(import.meta.dirname, '..');
const alertmanagerTemplates = '/usr/share/prometheus/alertmanager/default.tmpl';

/** Prometheus and Alertmanager with the files of this folder, but for ports, and times that fit into a check. */
export async function livePrometheus(folder: string, target: string) {
  const [prometheusPort, alertmanagerPort, webhookPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const alertsHeard: { readonly name: string; readonly status: string }[] = [];
  const webhook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as {
        alerts: readonly { status: string; labels: { alertname: string } }[];
      };
      for (const { labels, status } of alerts) alertsHeard.push({ name: labels.alertname, status });
      response.end();
    });
  });
  webhook.listen(webhookPort, '127.0.0.1');

  const manager = quick('alertmanager/alertmanager.yml', [
    [/127\.0\.0\.1:9094/g, `127.0.0.1:${webhookPort}`],
    [/group_wait: \S+/g, 'group_wait: 0s'],
    [/group_interval: \S+/g, 'group_interval: 1s'],
  ]);
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    `templates: ['${alertmanagerTemplates}']\n${manager}`,
  );
  started(
    'prometheus-alertmanager',
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ],
    { cwd: folder, logFile: join(folder, 'alertmanager.log') },
  );

  // `for: 1m` of the alert that has to reach the webhook in seconds; expressions stay as they are.
  const rules = ['recording', 'slo-alerts', 'static-alerts'].map((name) => {
    const file = join(folder, `${name}.yml`);
    writeFileSync(file, quick(`prometheus/rules/${name}.yml`, [[/for: \S+/g, 'for: 3s']]));
    return file;
  });
  const config = parse(quick('prometheus/prometheus.yml', [])) as Record<string, unknown>;
  const live = {
    ...config,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
    },
    scrape_configs: [{ job_name: 'chimera', static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(live));
  started(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--enable-feature=exemplar-storage',
    ],
    { cwd: folder, logFile: join(folder, 'prometheus.log') },
  );
  const url = `http://127.0.0.1:${prometheusPort}`;
  await until('Prometheus is ready', 30, async () => (await fetch(`${url}/-/ready`)).ok);
  await until(
    'Alertmanager is ready',
    30,
    async () => (await fetch(`http://127.0.0.1:${alertmanagerPort}/-/ready`)).ok,
  );
  return {
    alertsHeard,
    /** How many series an expression gives now. */
    seriesOf: async (expr: string): Promise<number> => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const body = (await response.json()) as {
        status: string;
        error?: string;
        data?: { result: readonly unknown[] };
      };
      if (body.status !== 'success') throw new Error(body.error);
      return body.data?.result.length ?? 0;
    },
    close: () => webhook.close(),
  };
}

function quick(path: string, changes: readonly (readonly [RegExp, string])[]): string {
  const text = readFileSync(join(deploy, path), 'utf8');
  return changes.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}
