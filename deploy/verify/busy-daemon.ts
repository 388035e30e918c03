import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { started, until } from './processes.ts';

const cli = join(import.meta.dirname, '../../apps/chimera-daemon/src/cli.ts');

/** Agents of every kind of behaviour that a dashboard shows. */
const adminToken = 'verifies-observability';

const config = `http: { adminToken: ${adminToken} }
agents:
  planner: { type: module, module: ./agent.mjs }
  coder: { type: command, command: ['{node}', '{config}/coder.mjs'] }
  flaky: { type: module, module: ./flaky.mjs }
  broken: { type: module, module: ./broken.mjs, breaker: { failureThreshold: 2, openFor: 5s } }
  # Goes on to fail, where the circuit of the broken one lets hardly any work die.
  hopeless: { type: module, module: ./broken.mjs, breaker: { failureThreshold: 1000 } }
  hot: { type: module, module: ./hot.mjs }
schedules:
  often: { cron: '* * * * * *', definition: good, overlap: skip }
workflows: [good.yaml, flaky.yaml, bad.yaml, lost.yaml, hot.yaml]
`;
const phase = (name: string, agent: string, more = '') =>
  `  - { name: ${name}, stage: planning, agent: ${agent}, timeout: 10s${more} }\n`;
const quickRetry = ', retry: { maxRetries: 2, base: 50ms, cap: 100ms }';

const files: Readonly<Record<string, string>> = {
  'chimera.yaml': config,
  'good.yaml': `name: good\nphases:\n${phase('plan', 'planner')}${phase('code', 'coder')}`,
  'flaky.yaml': `name: flaky\nphases:\n${phase('plan', 'flaky', quickRetry)}`,
  'hot.yaml': `name: hot\nphases:\n${phase('plan', 'hot').replace('10s', '120s')}`,
  'bad.yaml': `name: bad\nphases:\n${phase('plan', 'broken', ', retry: { maxRetries: 0 }')}`,
  'lost.yaml': `name: lost\nphases:\n${phase('plan', 'hopeless', ', retry: { maxRetries: 0 }')}`,
};

export interface BusyDaemon {
  readonly target: string;
  readonly adminToken: string;
  /** One workflow; its id. */
  readonly submitOne: (definition: string) => Promise<string>;
  readonly kill: () => void;
  readonly submit: () => Promise<void>;
}

/** A daemon on a real database, with agents that succeed, fail at times, and always fail. */
export async function busyDaemon(folder: string, port: number): Promise<BusyDaemon> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  for (const agent of ['agent.mjs', 'coder.mjs', 'flaky.mjs', 'broken.mjs', 'hot.mjs']) {
    copyFileSync(join(import.meta.dirname, 'agents', agent), join(folder, agent));
  }
  const flags = ['--conditions=chimera-source', '--disable-warning=ExperimentalWarning'];
  const child = started(
    process.execPath,
    [...flags, cli, 'start', '--port', String(port), '--log-level', 'warn'],
    { cwd: folder, logFile: join(folder, 'daemon.log') },
  );
  const target = `127.0.0.1:${port}`;
  await until('the daemon answers', 30, async () => (await fetch(`http://${target}/livez`)).ok);
  const submitOne = async (definition: string) => {
    const response = await fetch(`http://${target}/api/workflows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ definition, input: {} }),
    });
    if (!response.ok) throw new Error(`submit: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  return {
    target,
    adminToken,
    submitOne,
    kill: () => child.kill('SIGKILL'),
    submit: async () => {
      for (const definition of ['good', 'good', 'flaky', 'bad', 'lost'])
        await submitOne(definition);
    },
  };
}
