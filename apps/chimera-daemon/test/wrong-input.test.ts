import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient, WorkflowDetail } from '@chimera/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { daemonUrl } from '../src/cli/daemon-url.ts';
import { readJsonObject } from '../src/cli/json-object.ts';
import { chimera, newDirectory, type Run, startedDaemon } from './chimera-process.ts';

/** One line on standard error that names the thing, a non-zero exit, and no stack. */
function expectRefusal(run: Run, line: string | RegExp): void {
  expect(run.exitCode).toBeGreaterThan(0);
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
  expect(run.stderr).not.toMatch(/^\s+at /m);
  expect(run.stderr).toMatch(line);
}

const workflow = (phase: string) =>
  `name: work\nphases:\n  - { name: plan, stage: planning, timeout: 20s, ${phase} }\n`;

const single = (agent: string) =>
  `name: ${agent}\nphases: [{ name: plan, stage: planning, timeout: 30s, agent: ${agent}, retry: { maxRetries: 0 } }]`;

async function ended(client: ChimeraClient, id: string): Promise<WorkflowDetail> {
  for (;;) {
    const found = await client.get(id);
    if (found.finishedAt !== null) return found;
    await sleep(50);
  }
}

describe('a start is refused in one line', { timeout: 60_000 }, () => {
  test.for<[string, Readonly<Record<string, string>>, readonly string[], string | RegExp]>([
    [
      'for a misspelt key',
      { 'chimera.yaml': 'pol: {}' },
      [],
      'chimera.yaml: pol is not a setting; did you mean pool?',
    ],
    [
      'for a key that would act on the terminal, which it does not',
      { 'chimera.yaml': String.raw`"\e]0;pwn\a": 1` },
      [],
      /^chimera\.yaml: {1,2}\]0;pwn {1,2}is not a setting, got 1$/m,
    ],
    [
      'for aliases that unfold without end',
      {
        'chimera.yaml': `
a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]`,
      },
      [],
      'chimera.yaml: the file is not YAML: Excessive alias count',
    ],
    [
      'for a database in a place where no directory can be made',
      { 'chimera.yaml': '' },
      ['--database', '/dev/null/data/chimera.db'],
      /^chimera: \/dev\/null\/data\/chimera\.db cannot be used as a database: its directory cannot be made \(ENOTDIR/,
    ],
    [
      'for a negative pool size',
      { 'chimera.yaml': 'pool: { min: -2 }' },
      [],
      'chimera.yaml: pool.min must be >= 1, got -2',
    ],
    [
      'for a flag out of range, which is named rather than the file',
      { 'chimera.yaml': 'http: { port: 7717 }' },
      ['--port', '70000'],
      /^--port: http\.port must be from 0 to 65535, got 70000$/m,
    ],
    [
      'for an unknown agent',
      { 'chimera.yaml': 'workflows: [w.yaml]', 'w.yaml': workflow('agent: nobody') },
      [],
      'w.yaml: phases[0].agent must be a configured agent, got "nobody"',
    ],
    [
      'for a cycle of phases without a bound',
      {
        'chimera.yaml': 'workflows: [w.yaml]\nagents: { a: { type: command, command: [node] } }',
        'w.yaml': workflow('agent: a, onRejected: plan, maxVisits: unlimited'),
      },
      [],
      /^w\.yaml: phases.*bound/,
    ],
    [
      'for a database that is not one',
      { 'chimera.db': 'this is not a database, by far\n'.repeat(50) },
      ['--database', 'chimera.db'],
      /chimera\.db.*not a/,
    ],
    [
      'for a workflow file that is missing',
      { 'chimera.yaml': 'workflows: [no.yaml]' },
      [],
      /^chimera\.yaml: workflows\[0\] must name a file that can be read: \/.*\/no\.yaml does not exist; check the path$/m,
    ],
    [
      'for a module agent that is missing',
      { 'chimera.yaml': 'agents: { a: { type: module, module: no.mjs } }' },
      [],
      /agents\.a\.module must name a file that exists, got .*no\.mjs/,
    ],
  ])('%s', async ([, files, flags, line]) => {
    expectRefusal(await chimera(['start', '--port', '0', ...flags], newDirectory(files)), line);
  });

  test('for a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expectRefusal(
      await chimera(['start', '--port', String(port), '--log-level', 'silent']),
      `chimera: http.port ${port} on 127.0.0.1 is in use`,
    );
  });

  test('for a database that another daemon has', async () => {
    const directory = newDirectory();
    const daemon = await startedDaemon(directory);
    onTestFinished(() => void daemon.stop());
    expectRefusal(
      await chimera(['start', '--port', '0'], directory),
      /chimera\.db.*(in use|another)/,
    );
  });
});

describe('a command is refused in one line', () => {
  test('when no daemon answers', async () => {
    expectRefusal(
      await chimera(['list', '--url', 'http://127.0.0.1:9']),
      'chimera: no daemon answers at http://127.0.0.1:9; start one with: chimera start',
    );
  });

  test.for([
    ['dlq', 'list', '--workflow'],
    ['dlq', 'list', '--fingerprint'],
    ['dlq', 'redrive', '--phase'],
    ['dlq', 'requeue', 'some-id', '--phase'],
  ])('when a filter is empty, as a variable that is not set is: %j', async (flags) => {
    const run = await chimera([...flags, '']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('It must not be empty; see: chimera dlq');
  });

  test.for(['http://:token@127.0.0.1:9', 'http://ada@127.0.0.1:9', 'http://127.0.0.1:9/?a=b'])(
    'when its address is more than one: %s',
    (url) => {
      expect(() => daemonUrl(url)).toThrow(
        'It must be an address alone, without user, password and query; a token is given by CHIMERA_HTTP_ADMIN_TOKEN.',
      );
    },
  );

  test('when its input is not JSON', async () => {
    const run = await chimera(['submit', 'work', '--input', '{']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(
      'It must be a JSON object, such as {"repository":"/src/app"}; it ends too early, at line 1, column 2; see:',
    );
  });

  test.for<[string, string]>([
    ['{bad', "expected property name or '}' at line 1, column 2; see:"],
    ['@input.json', 'at line 1, column 1; a file is given by --input-file; see:'],
  ])('when its input is %s, with all of the reason', async ([input, why]) => {
    const { stderr } = await chimera(['submit', 'work', '--input', input]);
    expect(stderr).toContain(why);
  });

  test.for<[string, string]>([
    ['{\n  "repository": /src/app\n}', 'unexpected character at line 2, column 17'],
    ['[1]', 'it is other JSON'],
  ])('when a file holds %j', ([text, why]) => {
    const file = join(newDirectory({ 'input.json': text }), 'input.json');
    expect(() => readJsonObject(file)).toThrow(
      `--input-file must hold a JSON object; ${file} does not: ${why}`,
    );
  });

  test('when its input is in another encoding; with a mark of its byte order it is read', () => {
    const directory = newDirectory();
    const file = join(directory, 'input.json');
    writeFileSync(file, Buffer.from('{"name":"Müller"}', 'latin1'));
    expect(() => readJsonObject(file)).toThrow(
      `--input-file must hold JSON in UTF-8; ${file} has bytes of another encoding`,
    );
    writeFileSync(file, '\uFEFF{"name":"Müller"}');
    expect(readJsonObject(file)).toEqual({ name: 'Müller' });
  });

  test('when its input is given twice', async () => {
    const run = await chimera(['submit', 'work', '--input', '{}', '--input-file', 'input.json']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/'-i, --input <json>' cannot be used with option '-f, --input-file/);
  });

  test.for<[string, string]>([
    ['frobnicate', "unknown command 'frobnicate'; the commands of chimera: start, submit, list,"],
    ['sumbit', "unknown command 'sumbit' (Did you mean submit?); the commands of chimera: start,"],
    ['--frob', "unknown option '--frob'; the commands of chimera: start, submit,"],
    [
      'schedules frobnicate',
      "unknown command 'frobnicate'; the commands of chimera schedules: list, pause, resume, run\n",
    ],
    [
      'schedules --frob',
      "unknown option '--frob'; the options of chimera schedules list: --url, --json, --request-timeout\n",
    ],
    [
      'schedules pause',
      "missing required argument 'name'; usage: chimera schedules pause [options] <name>\n",
    ],
    ['dlq frobnicate', "unknown command 'frobnicate'; the commands of chimera dlq: list, groups,"],
    [
      'dlq requeue x --phas y',
      "unknown option '--phas' (Did you mean --phase?); the options of chimera dlq requeue: --url, --json, --request-timeout, --phase, --input, --input-file, --by\n",
    ],
    [
      'schedules puase',
      "unknown command 'puase' (Did you mean pause?); the commands of chimera schedules: list,",
    ],
    [
      'schedules --json frobnicate',
      "unknown command 'frobnicate'; the commands of chimera schedules: list, pause, resume, run\n",
    ],
    ['schedules ', "unknown command ''; the commands of chimera schedules: list, pause,"],
    ['schedules list frob', "too many arguments for 'list'. Expected 0 arguments but got 1: frob;"],
    ['help sumbit', "unknown command 'sumbit' (Did you mean submit?); the commands of chimera:"],
    ['schedules help frob', "unknown command 'frob'; the commands of chimera schedules: list,"],
    ['help --json', "unknown option '--json'; usage: chimera help [command...]\n"],
    ['--json list --limit 3', 'flags stand behind the command: chimera list --json --limit 3\n'],
    [
      "--url http://x/ schedules --json pause it's",
      "flags stand behind the command: chimera schedules pause --url http://x/ --json 'it'\\''s'\n",
    ],
    ['--json schedules', 'flags stand behind the command: chimera schedules list --json\n'],
    ['--port 80', 'flags stand behind the command: chimera start --port 80\n'],
    ['--limit list', "unknown option '--limit'; the commands of chimera: start, submit,"],
    ['show', "missing required argument 'id'; usage: chimera show [options] <id>\n"],
    [
      'list all',
      "too many arguments for 'list'. Expected 0 arguments but got 1: all; usage: chimera list [options]\n",
    ],
    [
      'dlq resolve x',
      "required option '-n, --note <text>' not specified; see: chimera dlq resolve --help\n",
    ],
  ])('when it was typed wrongly, with what there is: %s', async ([typed, line]) => {
    const run = await chimera(typed.split(' '));
    expectRefusal(run, line);
    expect(run.stderr.startsWith(`error: ${line}`)).toBe(true);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('when what was typed is long, of which it repeats little', async () => {
    const { stderr } = await chimera(['pause', '--reason', 'x'.repeat(1_100)]);
    expect(stderr).toContain(`'${'x'.repeat(80)}…' is invalid. It must have at most 1000`);
    expect(stderr.length).toBeLessThan(250);
    const excess = await chimera(['dlq', 'list', 'x'.repeat(3_000)]);
    expect(excess.stderr).toContain(`but got 1: ${'x'.repeat(200)}…; usage:`);
  });

  test('when what was typed would act on the terminal, it does not', async () => {
    const { stderr } = await chimera(['fr\u001b[31mob\rx']);
    expect(stderr.startsWith("error: unknown command 'fr [31mob x'; the commands")).toBe(true);
  });
});

describe('a running daemon', { timeout: 120_000 }, () => {
  const config = `
shutdown: { grace: 1s }
agents:
  missing: { type: command, command: [./no-such-program] }
  chatty: { type: command, command: [node, -e, "process.stdout.write('hello')"] }
  flood: { type: command, command: [node, -e, "const b = Buffer.alloc(1e6, 120); const w = () => process.stdout.write(b, w); w()"] }
workflows: [missing.yaml, chatty.yaml, flood.yaml]
`;
  test('answers wrong requests with 4xx and goes on, and turns wrong agents into dead letters', async () => {
    const directory = newDirectory({
      'chimera.yaml': config,
      'missing.yaml': single('missing'),
      'chatty.yaml': single('chatty'),
      'flood.yaml': single('flood'),
    });
    const daemon = await startedDaemon(directory);
    onTestFinished(() => void daemon.stop());
    const { client, url } = daemon;
    const post = async (path: string, body: string) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      return [response.status, error.code, error.message] as const;
    };

    const asked = await fetch(`${url}/api/decisions?kind=oracle&limit=0`);
    expect([asked.status, await asked.json()]).toEqual([
      400,
      {
        error: {
          code: 'INVALID_REQUEST',
          message: expect.stringMatching(/kind must .*limit must /),
        },
      },
    ]);
    expect(await client.decisions()).toEqual([]);
    expect(await post('/api/workflows', '{"input":{}}')).toEqual([
      400,
      'INVALID_REQUEST',
      'definition is missing; it must be a text',
    ]);
    expect(
      await post('/api/workflows', '{"definition":"chatty","input":{},"priority":11}'),
    ).toEqual([400, 'INVALID_REQUEST', expect.stringContaining('priority')]);
    expect(await post('/api/workflows', '{"definition":"nothing","input":{}}')).toEqual([
      400,
      'UNKNOWN_DEFINITION',
      expect.stringContaining('definition: "nothing" is not known'),
    ]);
    expect(await post('/api/workflows', '{"definition":"standard","input":{}}')).toEqual([
      400,
      'UNKNOWN_AGENT',
      expect.stringContaining('needs the agent "planner"'),
    ]);
    expect((await post('/api/workflows', '{"definition":')).slice(0, 1)).toEqual([400]);
    expect(
      await post(
        '/api/workflows',
        `{"definition":"chatty","input":{"x":"${'x'.repeat(2_000_000)}"}}`,
      ),
    ).toEqual([413, expect.any(String), expect.any(String)]);
    expect(await post('/api/workflows/nobody/cancel', '{}')).toEqual([
      404,
      'WORKFLOW_NOT_FOUND',
      expect.stringContaining('nobody'),
    ]);
    expect(await post('/api/dead-letters/nobody/requeue', '{}')).toEqual([
      404,
      'DEAD_LETTER_NOT_FOUND',
      expect.stringContaining('nobody'),
    ]);

    expect(
      await post('/api/workflows', '{"definition":"chatty","input":{"repository":"shop"}}'),
    ).toEqual([400, 'INVALID_REPOSITORY', expect.stringContaining('absolute path, got "shop"')]);

    const foreign = await fetch(`${url}/api/status`, {
      headers: { origin: 'http://evil.example' },
    });
    expect(foreign.status).toBe(403);
    expect((await fetch(`${url}/api/workflows?cursor=nonsense`)).status).toBe(400);
    expect((await fetch(`${url}/api/dead-letters?cursor=nonsense`)).status).toBe(400);

    expectRefusal(
      await chimera(['show', 'nobody', '--url', url]),
      'chimera: there is no workflow nobody; see: chimera list',
    );
    expectRefusal(await chimera(['dlq', 'show', 'nobody', '--url', url]), /nobody/);
    expectRefusal(
      await chimera(['submit', 'chaty', '--url', url]),
      'chimera: definition: "chaty" is not known; did you mean "chatty"?',
    );
    for (const words of [['list'], ['dlq', 'list']]) {
      expect(await chimera([...words, '--cursor', 'nonsense', '--url', url])).toMatchObject({
        exitCode: 2,
        stderr: 'chimera: --cursor must be the nextCursor of a list, got "nonsense"\n',
      });
    }
    const [letter, workflow] = [
      'f4deef5a-3a71-41fc-b8b7-a6cb3659d06b',
      '01a202b4-1b94-7000-a67c-bf16b83fcd10',
    ];
    expectRefusal(
      await chimera(['show', letter, '--url', url]),
      `there is no workflow ${letter}; see: chimera dlq show ${letter}`,
    );
    expectRefusal(
      await chimera(['dlq', 'show', workflow, '--url', url]),
      `there is no dead letter ${workflow}; see: chimera dlq list --workflow ${workflow}`,
    );

    const ids = [];
    for (const definition of ['missing', 'chatty', 'flood']) {
      ids.push((await client.submit({ definition, input: {} })).id);
    }
    const causes = [];
    for (const id of ids) causes.push((await ended(client, id)).cause);
    expect(causes).toMatchObject([
      {
        error: {
          code: 'AGENT_NOT_FOUND',
          message: expect.stringContaining('no-such-program') as string,
        },
      },
      {
        error: {
          code: 'AGENT_OUTPUT_INVALID',
          message: expect.stringContaining('hello') as string,
        },
      },
      { error: { code: 'AGENT_OUTPUT_TOO_LARGE' } },
    ]);
    expect((await client.status()).deadLetters.open).toBe(3);
    const [dead = ''] = ids;
    expect(await chimera(['cancel', dead.toUpperCase(), '--url', url])).toMatchObject({
      exitCode: 0,
      stdout: `${dead} is dead: it had ended before, and nothing was cancelled\n`,
    });
    expect(await daemon.stop()).toEqual({ exitCode: 0, stderr: '' });
  });
});
