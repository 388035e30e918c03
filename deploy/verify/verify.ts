import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingRules } from '../alerts/recording-rules.ts';
import { alerts } from '../alerts/rule-files.ts';
import { dashboardExpressions } from '../dashboards/dashboard-files.ts';
import { asPrometheus } from '../dashboards/panel.ts';
import { busyDaemon } from './busy-daemon.ts';
import { livePrometheus } from './live-prometheus.ts';
import { endAll, freePort, until } from './processes.ts';
import { goProgram, hotFunctionFirst } from './profile-check.ts';

const deploy = join(import.meta.dirname, '..');
const loadSeconds = 75;
const profiles = 20;
const failures: string[] = [];

function check(what: string, isRight: boolean, detail = ''): void {
  console.log(`${isRight ? '✓' : '✗'} ${what}${detail === '' ? '' : `: ${detail}`}`);
  if (!isRight) failures.push(what);
}

function tool(what: string, command: string, words: readonly string[], input = ''): void {
  const { status, stderr, stdout } = spawnSync(command, words, {
    cwd: deploy,
    encoding: 'utf8',
    input,
  });
  check(what, status === 0, status === 0 ? '' : `${stdout}${stderr}`.trim());
}

/** The parts of a condition that have to be there before it can be true: its metrics. */
const metricsOf = (expr: string) =>
  new Set(expr.match(/\b(?:chimera|up|process|nodejs|v8js|db)[\w:]*(?:\{[^}]*\})?/g));

for (const program of ['promtool', 'prometheus', 'prometheus-alertmanager', 'amtool']) {
  if (spawnSync(program, ['--version']).error === undefined) continue;
  console.error(`${program} is not there: apt-get install prometheus prometheus-alertmanager`);
  process.exit(2);
}

tool('promtool takes the configuration', 'promtool', [
  'check',
  'config',
  'prometheus/prometheus.yml',
]);
tool('each alert fires in its case and is silent in the other', 'promtool', [
  'test',
  'rules',
  'prometheus/tests/slo-alerts.yml',
  'prometheus/tests/static-alerts.yml',
]);
tool('amtool takes the configuration', 'amtool', ['check-config', 'alertmanager/alertmanager.yml']);

const folder = mkdtempSync(join(tmpdir(), 'chimera-verify-'));
try {
  const daemon = await busyDaemon(folder, await freePort());
  const prometheus = await livePrometheus(folder, daemon.target);
  const loadEnds = performance.now() + loadSeconds * 1_000;
  while (performance.now() < loadEnds) {
    await daemon.submit();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }

  const text = await (await fetch(`http://${daemon.target}/metrics`)).text();
  tool('promtool finds nothing wrong with /metrics', 'promtool', ['check', 'metrics'], text);

  const expressions = [
    ...Object.entries(dashboardExpressions()).map(
      ([where, expr]) => [where, asPrometheus(expr)] as const,
    ),
    ...recordingRules.map(({ record }) => [`rule ${record}`, record] as const),
    ...alerts.flatMap(({ expr, name }) =>
      [...metricsOf(expr)].map((metric) => [`alert ${name}: ${metric}`, metric] as const),
    ),
  ];
  const empty: string[] = [];
  for (const [where, expr] of expressions) {
    if ((await prometheus.seriesOf(expr)) === 0) empty.push(`${where}: ${expr}`);
  }
  check(
    `${expressions.length} expressions of dashboards, rules and alerts return data`,
    empty.length === 0,
    empty.join('\n    '),
  );

  // A machine with much to do may have missed scrapes before: that alert has to be over first.
  const isDown = () =>
    prometheus.alertsHeard.findLast(({ name }) => name === 'ChimeraDown')?.status === 'firing';
  await until('scrapes are answered', 60, async () => !isDown());
  daemon.kill();
  const tookMs = await until('the webhook hears of the kill', 20, async () => isDown());
  check(
    'kill -9 reaches the webhook in 10 s',
    tookMs <= 10_000,
    `${(tookMs / 1_000).toFixed(1)} s`,
  );
  prometheus.close();
  endAll();

  const go = goProgram();
  if (go === undefined) {
    console.warn('go is not there, so no profile is read with it: apt-get install golang-go');
  } else {
    // One without a backlog, in which the work with the hot function would only wait.
    const calm = mkdtempSync(join(folder, 'calm-'));
    const quiet = await busyDaemon(calm, await freePort());
    const { first, others } = await hotFunctionFirst(go, calm, quiet, profiles);
    check(
      `go tool pprof ranks a planted hot function first in ${first} of ${profiles} profiles`,
      first === profiles,
      others.join('; '),
    );
  }
} finally {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures.length === 0 ? 'all right' : `${failures.length} wrong`);
process.exit(failures.length === 0 ? 0 : 1);
