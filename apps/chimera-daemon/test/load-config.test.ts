import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { degradationSettings } from '@chimera/graceful-degradation';
import { scalingPolicy } from '@chimera/pool-autoscaler';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { autoscalerOptions } from '../src/config/autoscaler-section.ts';
import { ConfigError } from '../src/config/config-error.ts';
import { degradationOptions } from '../src/config/degradation-section.ts';
import { environmentNames } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'chimera-config-'));

function load(yaml: string, environment: Record<string, string> = {}, set: string[] = []) {
  const file = join(directory, 'chimera.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file, environment, set }).config;
}

function refusal(
  yaml: string,
  environment: Record<string, string> = {},
  set: string[] = [],
): string {
  try {
    load(yaml, environment, set);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '');
    throw error;
  }
  throw new Error('nothing was refused');
}

function parent(child: string): string {
  const children = `{ start: [{ workflow: ${child} }] }`;
  return `name: the-parent-of-${child}\nphases: [{ name: do, stage: planning, timeout: 5m, children: ${children} }]`;
}

describe('an empty file', () => {
  test('gives the defaults of the mission', () => {
    const config = load('');
    expect(config.pool).toEqual({ min: 3, max: 10 });
    expect(config.breaker).toEqual({ failureThreshold: 5, openFor: 60_000, halfOpenProbes: 3 });
    expect(config.autoscaler).toEqual({ enabled: true, interval: 1_000, rule: 'threshold' });
    expect(scalingPolicy(autoscalerOptions(config.autoscaler, config.pool))).toMatchObject({
      min: 3,
      max: 10,
      rules: [{ name: 'threshold', pace: { upBy: 2, downBy: 1, upEveryMs: 60_000 } }],
    });
    expect(degradationSettings(degradationOptions(config.degradation))).toEqual(
      degradationSettings(),
    );
    expect(config.database.durability).toBe('power-loss');
    expect(config.http.host).toBe('127.0.0.1');
  });
});

/** What is blamed for it. */
function source(environment: Record<string, string>, set: string[], yaml = ''): string | undefined {
  return refusal(yaml, environment, set).split(': ')[0];
}

describe('a wrong setting', () => {
  test('that is misspelt is named, with the one that was meant', () => {
    expect(refusal('pool:\n  maxx: 3')).toBe(
      'chimera.yaml: pool.maxx is not a setting, got 3; did you mean pool.max?',
    );
    expect(refusal('degradation: { memoryLimitByte: 1 }')).toBe(
      'chimera.yaml: degradation.memoryLimitByte is not a setting, got 1; did you mean degradation.memoryLimitBytes?',
    );
    expect(refusal('poll: {}')).toBe('chimera.yaml: poll is not a setting; did you mean pool?');
  });

  test.each([
    ['agents: { a: { type: command, command: [node], killafter: 5s } }', 'agents.a', 'killAfter'],
    [
      'agents: { a: { type: command, command: [node], breaker: { openfor: 5s } } }',
      'agents.a.breaker',
      'openFor',
    ],
    ['limits: [{ label: who, concurrency: 1, aget: a }]', 'limits[0]', 'agent'],
    [
      'limits: [{ label: who, rate: { strats: 1, starts: 1, per: 1s } }]',
      'limits[0].rate',
      'starts',
    ],
    [
      'schedules: { nightly: { cron: 0 0 * * *, definition: standard, inputs: {} } }',
      'schedules.nightly',
      'input',
    ],
  ])('that is misspelt in %s is named, with the one that was meant', (yaml, section, meant) => {
    const at = section.replaceAll(/[.[\]]/g, String.raw`\$&`);
    expect(refusal(yaml)).toMatch(
      new RegExp(
        String.raw`${at}\.\w+ is not a setting(, got .+)?; did you mean ${at}\.${meant}\?$`,
        'm',
      ),
    );
  });

  test('that is misspelt gives no secret away, whoever named it', () => {
    const secret = 'hunter2-hunter2-hunter2';
    for (const yaml of [
      `http: { adminTokn: ${secret} }`,
      `http: { wholly: ${secret} }`,
      `agents: { a: { type: command, command: [node], evn: { SERVICE: ${secret} } } }`,
    ])
      expect(refusal(yaml)).not.toContain('hunter2');
    for (const name of ['CHIMERA_HTTP_ADMIN_TOKN', 'CHIMERA_SERVICE', 'CHIMERA_API_TOKEN'])
      expect(refusal('', { [name]: secret })).not.toContain('hunter2');
    expect(refusal('', {}, [`http.adminTokn=${secret}`])).toBe(
      '--set: http.adminTokn is not a setting; did you mean http.adminToken?',
    );
  });

  test('that only another type of agent has is not the one that was meant', () => {
    // What a text stands for that is near no setting, nobody knows: it may be a secret.
    expect(refusal('agents: { a: { type: command, command: [node], modul: a.mjs } }')).toBe(
      'chimera.yaml: agents.a.modul is not a setting',
    );
    expect(refusal('agents: { a: { type: carrier, kilAfter: 5s } }')).toBe(
      'chimera.yaml: agents.a.type must name a type: command or module, got "carrier"',
    );
  });

  test('that is out of range is named with rule and value', () => {
    expect(refusal('pool: { min: -1 }')).toBe('chimera.yaml: pool.min must be >= 1, got -1');
    expect(refusal('http: { port: 70000 }')).toBe(
      'chimera.yaml: http.port must be from 0 to 65535, got 70000',
    );
    expect(refusal('pool: { min: 9, max: 4 }')).toBe(
      'chimera.yaml: pool.min must be at most pool.max (4), got 9',
    );
  });

  test('that would make a loop spin, or end each lease at once, is refused', () => {
    expect(refusal('lease: { ttl: 0 }')).toBe(
      'chimera.yaml: lease.ttl must be at least 100ms, got 0',
    );
    expect(refusal('autoscaler: { interval: 0 }')).toBe(
      'chimera.yaml: autoscaler.interval must be at least 100ms, got 0',
    );
    expect(refusal('degradation: { interval: 99 }')).toBe(
      'chimera.yaml: degradation.interval must be at least 100ms, got 99',
    );
    expect(refusal('retention: { interval: 0s }')).toBe(
      'chimera.yaml: retention.interval must be at least 1s, got "0s"',
    );
  });

  test('that the circuit breaker would refuse is refused as a setting', () => {
    expect(refusal('breaker: { halfOpenProbes: 1001 }')).toBe(
      'chimera.yaml: breaker.halfOpenProbes must be from 1 to 1000, got 1001',
    );
  });

  test('out of a range is told both of its ends, in lists and in agents too', () => {
    expect(refusal('limits: [{ label: a, rate: { starts: 1001, per: 1s } }]')).toBe(
      'chimera.yaml: limits[0].rate.starts must be from 1 to 1000, got 1001',
    );
    expect(refusal('agents: { a: { type: command, command: [a], keepBytes: 1 } }')).toBe(
      'chimera.yaml: agents.a.keepBytes must be from 1024 to 67108864, got 1',
    );
    expect(refusal('agents: { a: { type: command, command: [a], limitBytes: 1 } }')).toBe(
      'chimera.yaml: agents.a.limitBytes must be >= 1024, got 1',
    );
  });

  test('of the wrong kind is named with rule and value', () => {
    expect(refusal('pool: { min: many }')).toBe(
      'chimera.yaml: pool.min must be a number, got "many"',
    );
    expect(refusal('database: { durability: none }')).toBe(
      'chimera.yaml: database.durability must be one of power-loss, crash, got "none"',
    );
    expect(refusal('lease: { ttl: soon }')).toBe(
      `chimera.yaml: lease.ttl must be a duration (ms, or '500ms', '2s', '5m', '1h'), got "soon"`,
    );
  });

  test('in a list is named with its place, as in a definition', () => {
    const agents = `agents: { a: { type: command, command: [node, 7], inheritEnv: [HOME, 8] } }`;
    expect(refusal(`${agents}\nworkflows: [{ name: w }]`).split('\n')).toEqual([
      'chimera.yaml: agents.a.command[1] must be a text, got 7',
      'chimera.yaml: agents.a.inheritEnv[1] must be a text, got 8',
      'chimera.yaml: workflows[0] must be a text, got {"name":"w"}',
    ]);
  });

  test('of a limit is named with its place', () => {
    expect(refusal('limits: [{ label: repository }]')).toContain(
      'chimera.yaml: limits[0] must have a concurrency or a rate',
    );
    expect(refusal('limits: [{ concurrency: 1 }]')).toContain(
      'chimera.yaml: limits[0] must name either a label or an agent',
    );
    expect(refusal('limits: [{ agent: nobody, concurrency: 1 }]')).toContain(
      'chimera.yaml: limits[0].agent must be one of the agents',
    );
    expect(
      refusal('limits: [{ label: a, concurrency: 1 }, { label: a, concurrency: 2 }]'),
    ).toContain('chimera.yaml: limits[1] must be the only one for the label a');
    expect(refusal('limits: [{ label: a, rate: { starts: 1, per: 0 } }]')).toContain(
      'chimera.yaml: limits[0].rate.per must be at least 1ms',
    );
    expect(refusal('limits: [{ label: a, rate: { starts: 1 } }]')).toBe(
      "chimera.yaml: limits[0].rate.per must be set: it must be a duration (ms, or '500ms', '2s', '5m', '1h')",
    );
    expect(
      refusal('limits: [{ label: a, concurrency: 0 }, { agent: nobody, concurrency: 1 }]').split(
        '\n',
      ),
    ).toEqual([
      'chimera.yaml: limits[0].concurrency must be >= 1, got 0',
      'chimera.yaml: limits[1].agent must be one of the agents, got "nobody"',
    ]);
  });

  test('that contradicts another is named in the words of the settings', () => {
    expect(refusal('autoscaler: { scaleDownAt: 0.9 }')).toBe(
      'chimera.yaml: autoscaler.scaleDownAt must be less than scaleUpAt (0.8), got 0.9',
    );
    expect(refusal('degradation: { normalUnder: { memory: 0.9 } }')).toBe(
      'chimera.yaml: degradation.normalUnder.memory must be under the line into that mode (0.8), got 0.9',
    );
    expect(refusal('degradation: { degradedUnder: { eventLoopDelay: 1s } }')).toBe(
      'chimera.yaml: degradation.degradedUnder.eventLoopDelay must be left out while no line leads into that mode, got "1s"',
    );
    expect(refusal('degradation: { dwell: 2h }')).toBe(
      'chimera.yaml: degradation.dwell must be at most 15 minutes, got "2h"',
    );
    expect(refusal('degradation: { degradedOver: { cpu: no } }')).toBe(
      'chimera.yaml: degradation.degradedOver.cpu must be a share from 0 to 1, or off, got "no"',
    );
    expect(refusal('degradation: { degradedOver: { memory: 80 } }')).toBe(
      'chimera.yaml: degradation.degradedOver.memory must be from 0 to 1, got 80',
    );
  });

  test('of another scaling rule than the chosen one is refused', () => {
    expect(refusal('autoscaler: { rule: lean, scaleUpBy: 3, cooldown: 1m }').split('\n')).toEqual([
      'chimera.yaml: autoscaler.scaleUpBy must be left out with the rule lean, got 3',
      'chimera.yaml: autoscaler.cooldown must be left out with the rule lean, got "1m"',
    ]);
  });

  test('of an agent is named by its path', () => {
    expect(refusal('agents: { planner: { type: command } }')).toContain(
      'agents.planner.command must be set',
    );
    expect(refusal('agents: { planner: { type: carrier-pigeon } }')).toContain(
      'agents.planner.type',
    );
    expect(refusal('agents: { planner: { type: command, command: [node], comand: 1 } }')).toBe(
      'chimera.yaml: agents.planner.comand is not a setting, got 1; did you mean agents.planner.command?',
    );
  });

  test('of another shape than expected is told what is', () => {
    expect(refusal('agents: { a: { type: command, command: node x.mjs } }')).toBe(
      'chimera.yaml: agents.a.command must be a list of program and arguments (there is no shell), such as [node, agent.mjs], got "node x.mjs"',
    );
    expect(refusal('http: 7717')).toBe(
      'chimera.yaml: http must be settings by name (host, port, bodyLimitBytes, adminToken, adminTokenFile), got 7717',
    );
  });

  test('that names no module is told with the file', () => {
    expect(refusal('agents: { a: { type: module, module: no.mjs } }')).toMatch(
      /^chimera\.yaml: agents\.a\.module must name a file that exists, got ".*no\.mjs"$/,
    );
  });

  test('of a schedule hides nothing that is wrong with its work', () => {
    expect(
      refusal("schedules: { a: { cron: '61 * * * *', definition: nothing } }").split('\n'),
    ).toEqual([
      expect.stringContaining('schedules.a.cron must be a cron expression'),
      expect.stringMatching(/schedules\.a cannot be started: .*"nothing"/),
    ]);
  });

  test('in a file that is not YAML gives the line', () => {
    expect(refusal('pool: [1')).toMatch(
      /^chimera\.yaml: the file is not YAML: .+ at line \d+, column \d+$/,
    );
  });

  test('is one line for each, without a stack', () => {
    const lines = refusal('pool: { min: 0, max: 0 }').split('\n');
    expect(lines).toEqual([
      'chimera.yaml: pool.min must be >= 1, got 0',
      'chimera.yaml: pool.max must be >= 1, got 0',
    ]);
  });

  test('is told with all others at once, whether of one setting, of two together, or in another file', () => {
    writeFileSync(
      join(directory, 'work.yaml'),
      'name: work\nphases: [{ name: Plan, stage: planning, agent: nobody, timeout: 5m }]',
    );
    const yaml = `pool: { min: many, maxx: 3 }
http: { port: 70000, adminTokenFile: no-token }
autoscaler: { rule: lean, scaleUpBy: 3 }
degradation: { dwell: 2h }
deadLetters: { maxReplays: -1 }
schedules: { nightly: { cron: '61 * * * *', timezone: Mars/X, definition: standard } }
workflows: [work.yaml, missing.yaml]`;
    expect(refusal(yaml, { CHIMERA_POL_MAX: '3' }, ['lease']).split('\n')).toEqual([
      'environment: CHIMERA_POL_MAX is not a setting, got "3"; did you mean CHIMERA_POOL_MAX?',
      '--set: it must have the form path=value, such as pool.max=20, got "lease"',
      'chimera.yaml: http.port must be from 0 to 65535, got 70000',
      'chimera.yaml: pool.min must be a number, got "many"',
      'chimera.yaml: pool.maxx is not a setting, got 3; did you mean pool.max?',
      'chimera.yaml: deadLetters.maxReplays must be >= 0, got -1',
      expect.stringContaining('schedules.nightly.cron must be a cron expression'),
      expect.stringContaining('schedules.nightly.timezone must be the name of a time zone'),
      'chimera.yaml: degradation.dwell must be at most 15 minutes, got "2h"',
      'chimera.yaml: autoscaler.scaleUpBy must be left out with the rule lean, got 3',
      expect.stringMatching(
        /^chimera\.yaml: http\.adminTokenFile must name a file that can be read \(no such file or directory, ENOENT\), got ".*no-token"$/,
      ),
      expect.stringMatching(/^work\.yaml: phases\[0\]\.name must be .*, got "Plan"$/),
      'work.yaml: phases[0].agent must be a configured agent, got "nobody"',
      'chimera.yaml: workflows[1] must name a file that can be read: missing.yaml does not exist; check the path',
    ]);
  });

  test('in a file of definitions names that file as it can be opened from here, and one that is missing where it was looked for', () => {
    const below = join(directory, 'below');
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, 'work.yaml'), 'name: work\nphases: []');
    writeFileSync(join(below, 'twice.yaml'), 'name: standard');
    const file = relative(process.cwd(), join(below, 'chimera.yaml'));
    const gone = join(directory, 'gone.yaml');
    writeFileSync(file, `workflows: [work.yaml, missing.yaml, ${gone}, ${below}/twice.yaml]`);
    expect(() => loadConfig({ file, environment: {}, set: [] })).toThrow(
      [
        `${relative(process.cwd(), below)}/work.yaml: phases must have at least one phase, got []`,
        `${file}: workflows[1] must name a file that can be read: ${below}/missing.yaml does not exist; check the path`,
        `${file}: workflows[2] must name a file that can be read: ${gone} does not exist; check the path`,
        `${below}/twice.yaml: phases must be set: it must be a list of phases`,
      ].join('\n'),
    );
  });

  test('of a section hides nothing of what contradicts each other there', () => {
    expect(
      refusal(`pool: { min: 9, max: 4, maxx: 1, initial: 0 }
autoscaler: { rule: lean, scaleUpBy: 3, rul: x }
degradation: { dwell: 2h, degradedOver: { memry: 1 } }`).split('\n'),
    ).toEqual([
      'chimera.yaml: pool.initial must be >= 1, got 0',
      'chimera.yaml: pool.maxx is not a setting, got 1; did you mean pool.max?',
      'chimera.yaml: autoscaler.rul is not a setting, got "x"; did you mean autoscaler.rule?',
      'chimera.yaml: degradation.degradedOver.memry is not a setting, got 1; did you mean degradation.degradedOver.memory?',
      'chimera.yaml: degradation.dwell must be at most 15 minutes, got "2h"',
      'chimera.yaml: pool.min must be at most pool.max (4), got 9',
      'chimera.yaml: autoscaler.scaleUpBy must be left out with the rule lean, got 3',
    ]);
  });

  test('blames nothing that may be right once it is', () => {
    expect(refusal('pool: { min: many, max: 2 }')).toBe(
      'chimera.yaml: pool.min must be a number, got "many"',
    );
    expect(refusal('pool: { min: 20, max: many }\nautoscaler: { scaleUpBy: 25 }')).toBe(
      'chimera.yaml: pool.max must be a number, got "many"',
    );
    expect(refusal('pool: { min: 20, maxx: 50 }')).toBe(
      'chimera.yaml: pool.maxx is not a setting, got 50; did you mean pool.max?',
    );
    expect(refusal('autoscaler: { scaleUpAt: high, scaleDownAt: 0.9 }')).toBe(
      'chimera.yaml: autoscaler.scaleUpAt must be a number, got "high"',
    );
  });

  test('in one file of definitions hides nothing that is wrong in another, or with a schedule', () => {
    const files = {
      'refused.yaml': 'name: refused\nphases: [{ name: do, stage: planning, agent: nobody }]',
      'good.yaml': parent('refused'),
      'bad.yaml': parent('unheard-of'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const yaml = `workflows: [refused.yaml, good.yaml, bad.yaml]
schedules:
  a: { cron: '0 3 * * *', definition: refused }
  b: { cron: '0 3 * * *', definition: nothing }`;
    expect(refusal(yaml).split('\n')).toEqual([
      expect.stringMatching(/^chimera\.yaml: schedules\.b cannot be started: .*"nothing"/),
      `refused.yaml: phases[0].timeout must be set in phase "do": it must be a duration of at least 1 ms (ms, or '90s', '5m', '1h'), such as timeout: 5m`,
      'refused.yaml: phases[0].agent must be a configured agent, got "nobody"',
      'bad.yaml: phases[0].children.start[0].workflow must be a known workflow, got "unheard-of"',
    ]);
  });

  test('names the flag or the variable that gave it', () => {
    expect(source({ CHIMERA_HTTP_PORT: 'x' }, [])).toBe('CHIMERA_HTTP_PORT');
    expect(source({ LOG_LEVEL: 'loud' }, [])).toBe('LOG_LEVEL');
    expect(source({ CHIMERA_HTTP_PORT: 'x' }, ['http.port=-1'])).toBe('--set');
    expect(source({}, ['pool.max=2'])).toBe('--set');
    expect(source({ CHIMERA_POOL_MAX: '2' }, [], 'pool: { min: 3 }')).toBe('chimera.yaml');
    expect(source({}, ['pol.max=2'])).toBe('--set');
    expect(source({}, ['pool=3'])).toBe('--set');
    expect(source({}, ['__proto__.max=3'])).toBe('--set');
    const file = join(directory, 'chimera.yaml');
    const flags = [{ flag: '--port', path: 'http.port', value: '70000' }];
    expect(() => loadConfig({ file, environment: {}, set: [], flags })).toThrow(
      '--port: http.port must be from 0 to 65535, got 70000',
    );
  });

  test('a missing file is named', () => {
    expect(() => loadConfig({ file: '/no/such.yaml', environment: {}, set: [] })).toThrow(
      '/no/such.yaml: the file does not exist; check the path given with --config',
    );
    const begins = `which begins at ${process.cwd()}`;
    expect(() => loadConfig({ file: 'no-such.yaml', environment: {}, set: [] })).toThrow(
      `no-such.yaml: the file does not exist; check the path given with --config, ${begins}`,
    );
    const environment = { CHIMERA_CONFIG: 'no-such.yaml' };
    expect(() => loadConfig({ environment, set: [] })).toThrow(`CHIMERA_CONFIG, ${begins}`);
  });
});

test.each([
  ['1.1h', 3_960_000],
  ['2.3h', 8_280_000],
])('a setting of %s is %i ms, without what binary fractions leave', (text, openFor) => {
  expect(load(`breaker: { openFor: ${text} }`).breaker.openFor).toBe(openFor);
});

test.for(['threshold', 'target', 'lean', 'panic'])('the scaling rule may be %s', (rule) => {
  const { autoscaler, pool } = load(`autoscaler: { rule: ${rule} }`);
  expect(scalingPolicy(autoscalerOptions(autoscaler, pool)).rules.map(({ name }) => name)).toEqual([
    rule,
  ]);
});

test('settings of degradation reach its options, and a line that is off is none', () => {
  const { degradation } = load(`degradation:
  degradedOver: { memory: 0.5, cpu: off }
  normalUnder: { memory: 0.4 }
  survivalOver: { memory: 0.8, cpu: 0.99, eventLoopDelay: 2s, cpuPressure: 0.6 }
  degradedUnder: { memory: 0.7, cpu: 0.9 }
  emergencyMemory: 0.97
  hold: 1s
  clear: 2s
  dwell: 3s
  slotEvery: 4s
  smoothing: 500ms
  memoryLimitBytes: 1000000`);
  expect(degradation.memoryLimitBytes).toBe(1_000_000);
  expect(degradationSettings(degradationOptions(degradation))).toMatchObject({
    enter: {
      degraded: { memory: 0.5, cpu: undefined },
      survival: { memory: 0.8, cpu: 0.99, eventLoopDelayMs: 2_000, cpuPressure: 0.6 },
    },
    leave: { degraded: { memory: 0.4 }, survival: { memory: 0.7, cpu: 0.9 } },
    emergencyMemory: 0.97,
    holdMs: 1_000,
    clearMs: 2_000,
    dwellMs: 3_000,
    slotEveryMs: 4_000,
    smoothingMs: 500,
  });
});

describe('overrides', () => {
  test('the environment wins over the file, and flags win over both', () => {
    const yaml = 'pool: { max: 5 }';
    expect(load(yaml, { CHIMERA_POOL_MAX: '7' }).pool.max).toBe(7);
    expect(load(yaml, { CHIMERA_POOL_MAX: '7' }, ['pool.max=9']).pool.max).toBe(9);
  });

  test('a variable that is not a setting is refused, with the one that was meant', () => {
    expect(refusal('', { CHIMERA_POOL_MAXX: '7' })).toBe(
      'environment: CHIMERA_POOL_MAXX is not a setting, got "7"; did you mean CHIMERA_POOL_MAX?',
    );
  });

  test('what is near no setting is told without one', () => {
    expect(refusal('', { CHIMERA_FOO: '7' }, ['foo.bar=1']).split('\n')).toEqual([
      'environment: CHIMERA_FOO is not a setting',
      '--set: foo is not a setting',
    ]);
  });

  test('variables of the commands are no settings', () => {
    expect(load('', { CHIMERA_URL: 'http://x', CHIMERA_REQUEST_TIMEOUT: '5s' })).toEqual(load(''));
  });

  test('what every agent has in its environment is no setting: it may start a daemon of its own', () => {
    expect(load('', { CHIMERA_RUN: 'instance /a.db', CHIMERA_PROCESS: 'token' })).toEqual(load(''));
  });

  test('a flag without a value is refused', () => {
    expect(refusal('', {}, ['pool.max'])).toContain('must have the form path=value');
  });

  test('reach settings of an agent', () => {
    const yaml = 'agents: { planner: { type: command, command: [node] } }';
    const { agents } = load(yaml, {}, ['agents.planner.env.SERVICE=http://127.0.0.1:1/x=y']);
    expect(agents.planner).toMatchObject({ env: { SERVICE: 'http://127.0.0.1:1/x=y' } });
  });

  test('give a text that looks like a number or a truth as a text', () => {
    const yaml = 'agents: { planner: { type: command, command: [node] } }';
    const { agents, database, node } = load(yaml, { CHIMERA_NODE: '7' }, [
      'database.path=2026',
      'agents.planner.env.PORT=8080',
      'agents.planner.env.DEBUG=true',
    ]);
    expect([node, database.path]).toEqual(['7', '2026']);
    expect(agents.planner).toMatchObject({ env: { PORT: '8080', DEBUG: 'true' } });
  });

  test("OpenTelemetry's own variable says where traces go when no setting does", () => {
    const variable = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable:4318' };
    const endpoint = (yaml: string, environment: Record<string, string> = {}) =>
      load(yaml, { ...variable, ...environment }).tracing.endpoint;
    expect(endpoint('')).toBe('http://variable:4318');
    expect(endpoint('tracing: { endpoint: http://file:4318 }')).toBe('http://file:4318');
    expect(endpoint('', { CHIMERA_TRACING_ENDPOINT: 'http://ours:4318' })).toBe('http://ours:4318');
    expect(source({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, [])).toBe(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  });

  test('every scalar setting has a variable', () => {
    const names = [...environmentNames().keys()];
    expect(names).toContain('CHIMERA_NODE');
    expect(names).toContain('CHIMERA_HTTP_BODY_LIMIT_BYTES');
    expect(names).toContain('CHIMERA_SHUTDOWN_GRACE');
    expect(names).toContain('CHIMERA_DEGRADATION_DEGRADED_OVER_MEMORY');
    expect(new Set(names).size).toBe(names.length);
  });
});

test('any tree of settings loads or is refused with a ConfigError', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('pool', 'http', 'agents', 'autoscaler', 'degradation', 'breaker', 'x'),
        fc.jsonValue(),
      ),
      (tree) => {
        try {
          load(JSON.stringify(tree));
          return true;
        } catch (error) {
          return error instanceof ConfigError && error.issues.length > 0;
        }
      },
    ),
  );
});
