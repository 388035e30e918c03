import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@chimera/policy';
import { defineWorkflow } from '@chimera/workflow';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openState } from '../src/open-state.ts';
import { chimera, newDirectory } from './chimera-process.ts';

const schedules = Array.from({ length: 40 }, (_, index) => index + 100);

const config = `
database: { path: chimera.db, durability: crash }
http: { port: 0 }
agents:
  writer: { type: command, command: ['{node}', '{config}/write.mjs'] }
workflows: [write.yaml]
schedules:
${schedules.map((number) => `  s${number}: { cron: '0 3 * * *', definition: write }\n`).join('')}
`;

function execute(database: string, statement: string): void {
  using sqlite = new DatabaseSync(database);
  sqlite.exec(statement);
}

const definition = {
  name: 'write',
  phases: [{ name: 'write', stage: 'planning', agent: 'writer', timeout: '10m' }],
} as const;

test('a start that fails when it listens already ends the process, and has begun no work', async () => {
  const directory = newDirectory({
    'chimera.yaml': config,
    'write.yaml': JSON.stringify(definition),
    'write.mjs': `
      import { writeFileSync } from 'node:fs';
      writeFileSync(new URL('./begun', import.meta.url), '');
      setInterval(() => {}, 1_000);
    `,
  });
  const { store } = await openState(join(directory, 'chimera.db'), 'crash', {
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });
  await store.submit([{ definition: defineWorkflow(definition), input: {}, priority: 5 }]);
  await store.close();
  execute(
    join(directory, 'chimera.db'),
    `create trigger refusing before insert on schedules when new.name = 's139'
      begin select raise(abort, 'no schedules here'); end`,
  );

  const { exitCode, stderr, stdout } = await chimera(['start', '--log-level', 'warn'], directory);
  expect([exitCode, stderr, stdout]).toEqual([1, 'chimera: no schedules here\n', '']);
  expect(existsSync(join(directory, 'begun'))).toBe(false);
}, 20_000);

const moduleAgent = 'agents: { a: { type: module, module: agent.mjs } }';

test('a start that is refused for an agent that cannot be loaded leaves nothing behind', async () => {
  const directory = newDirectory({
    'chimera.yaml': moduleAgent,
    'agent.mjs': 'export const x = 1;',
  });
  const { exitCode, stderr } = await chimera(['start', '--port', '0'], directory);
  expect([exitCode, stderr]).toEqual([
    2,
    `chimera: agent "a": ${directory}/agent.mjs must export a function "run"; it exports x\n`,
  ]);
  expect(readdirSync(directory).toSorted()).toEqual(['agent.mjs', 'chimera.yaml']);
});

test('a start is refused for an agent that cannot be loaded without waiting for one that is slow to load', async () => {
  const directory = newDirectory({
    'chimera.yaml':
      'agents: { a: { type: module, module: slow.mjs }, b: { type: module, module: agent.mjs } }',
    'slow.mjs': 'await new Promise((resolve) => setTimeout(resolve, 3_600_000));',
    'agent.mjs': 'export const x = 1;',
  });
  const { exitCode, stderr } = await chimera(['start', '--port', '0'], directory);
  expect([exitCode, stderr]).toEqual([
    2,
    `chimera: agent "b": ${directory}/agent.mjs must export a function "run"; it exports x\n`,
  ]);
}, 10_000);

test('a start that is refused ends, whatever a module of an agent has begun', async () => {
  const files = { 'chimera.yaml': moduleAgent, 'chimera.db': 'no database\n'.repeat(100) };
  const agent = 'export function run() {}\nsetInterval(() => {}, 1_000);';
  const directory = newDirectory({ ...files, 'agent.mjs': agent });
  const run = await chimera(['start', '--port', '0', '--database', 'chimera.db'], directory);
  expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^chimera: .+\n$/) });
}, 10_000);

test('a start that is drained before its end is not told as started', async () => {
  const directory = newDirectory({
    'chimera.yaml': config,
    'write.yaml': JSON.stringify(definition),
    'write.mjs': '',
  });
  const log = pino({ level: 'silent' });
  const { store } = await openState(join(directory, 'chimera.db'), 'crash', {
    clock: systemClock,
    log,
  });
  await store.close();
  // Each schedule takes its time to be kept, and between two of them the daemon answers.
  execute(
    join(directory, 'chimera.db'),
    `create trigger slow before insert on schedules begin
      select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n limit 300000) select i from n);
    end`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const run = chimera(['start', '--port', String(port), '--log-level', 'info'], directory);
  const drained = drainOnceItListens(url);
  const { exitCode, stderr } = await run;
  expect(await drained).toBe(200);
  const messages = stderr
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  expect(exitCode).toBe(0);
  expect(messages).toContain('draining');
  expect(messages).not.toContain('started');
}, 30_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function drainOnceItListens(url: string): Promise<number> {
  for (;;) {
    try {
      const { status } = await fetch(`${url}/api/pool/drain`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ timeoutMs: 1_000 }),
      });
      return status;
    } catch {
      await sleep(5);
    }
  }
}

test('dead letters of a later version are refused, and the database is let go', async () => {
  const path = join(newDirectory(), 'chimera.db');
  const open = () =>
    openState(path, 'crash', { clock: systemClock, log: pino({ level: 'silent' }) });
  const { store } = await open();
  await store.close();
  execute(path, `insert into dead_letters_migrations values ('0009-later', '')`);
  const refused = { code: 'DEAD_LETTER_SCHEMA_TOO_NEW' };
  await expect(open()).rejects.toMatchObject(refused);
  await expect(open()).rejects.toMatchObject(refused);
});
