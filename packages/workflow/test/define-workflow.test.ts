import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  canonicalJson,
  checkAgents,
  chimera,
  DefinitionError,
  defineWorkflow,
  standard,
  unlimitedVisits,
  type WorkflowDefinition,
  type WorkflowInput,
} from '@chimera/workflow';
import { definitions } from './random-workflows.ts';

const phase = (name: string, more: object = {}) => ({
  name,
  stage: 'implementation',
  agent: 'coder',
  timeout: '5s',
  ...more,
});
const workflow = (...phases: readonly object[]) => ({ name: 'build', phases });

function outline({ phases }: WorkflowDefinition): readonly string[] {
  return phases.map(({ name, stage, timeoutMs, onSuccess, onRejected }) =>
    [name, stage, timeoutMs / 1_000, onSuccess, onRejected].join(' '),
  );
}

function circle(): object {
  const round: { self?: object } = {};
  round.self = round;
  return round;
}

function refusal(act: () => unknown): DefinitionError {
  try {
    act();
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

function wrongPaths(...phases: readonly object[]): readonly string[] {
  return refusal(() => defineWorkflow(workflow(...phases))).issues.map(({ path }) => path);
}

describe('a definition', () => {
  it('fills in the defaults of phases, retries and transitions', () => {
    const { hash, ...definition } = defineWorkflow(
      workflow(
        phase('plan'),
        phase('code', { agent: undefined, checks: [{ name: 'lint', command: ['make', 'lint'] }] }),
      ),
    );
    const retry = { maxRetries: 3, baseMs: 1_000, factor: 2, capMs: 30_000, jitter: 0.2 };
    const shared = {
      stage: 'implementation',
      input: {},
      timeoutMs: 5_000,
      retry,
      onRejected: 'dead',
      maxVisits: 3,
    };
    expect(definition).toEqual({
      name: 'build',
      description: '',
      start: 'plan',
      phases: [
        { ...shared, name: 'plan', agent: 'coder', checks: [], action: 'plan', onSuccess: 'code' },
        {
          ...shared,
          name: 'code',
          agent: undefined,
          checks: [{ name: 'lint', command: ['make', 'lint'], timeoutMs: 5_000 }],
          action: 'code',
          onSuccess: 'completed',
        },
      ],
    });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes what is written over the defaults', () => {
    const written = {
      name: 'build',
      description: 'Builds.',
      start: 'code',
      phases: [
        phase('plan', { maxVisits: 'unlimited' }),
        phase('code', {
          action: 'implement',
          input: { style: ['terse'] },
          timeout: 1_500,
          retry: { maxRetries: 0, base: '2s', factor: 1, cap: '1m', jitter: 0 },
          onSuccess: 'completed',
          onRejected: 'plan',
          maxVisits: 7,
        }),
      ],
    };
    const { start, description, phases } = defineWorkflow(written);
    expect({ start, description, phase: phases[1] }).toMatchObject({
      start: 'code',
      description: 'Builds.',
      phase: {
        action: 'implement',
        input: { style: ['terse'] },
        timeoutMs: 1_500,
        retry: { maxRetries: 0, baseMs: 2_000, factor: 1, capMs: 60_000, jitter: 0 },
        onRejected: 'plan',
        maxVisits: 7,
      },
    });
    expect(phases[0]?.maxVisits).toBe(unlimitedVisits);
  });

  it('is frozen throughout, and leaves the written form alone', () => {
    const written = workflow(phase('code', { input: { files: ['a.ts'] } }));
    const { phases } = defineWorkflow(written);
    for (const part of [phases, phases[0], phases[0]?.retry, phases[0]?.input['files']])
      expect(Object.isFrozen(part)).toBe(true);
    expect(Object.isFrozen((written.phases[0] as { input: { files: string[] } }).input.files)).toBe(
      false,
    );
  });

  it('refuses what contains itself, as an anchor in YAML can', () => {
    const error = refusal(() => defineWorkflow(workflow(phase('code', { input: circle() }))));
    expect(error.message).toBe(
      'workflow must be a tree: it contains itself, or is nested too deep',
    );
  });

  it('leaves a join that it was given to its owner', () => {
    const join = { atLeast: 1 };
    const { phases } = defineWorkflow(
      workflow({
        ...phase('fan'),
        agent: undefined,
        children: { start: [{ workflow: 'x' }], join },
      }),
    );
    expect(phases[0]?.children?.join).toEqual(join);
    expect([Object.isFrozen(phases[0]?.children?.join), Object.isFrozen(join)]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ['timeout', 300n, /^phases\[0\]\.timeout must be a duration .*, got 300$/],
    ['timeout', Number.NaN, /^phases\[0\]\.timeout must be a duration .*, got NaN$/],
    ['input', { n: 1n }, /^phases\[0\]\.input\.n must be a JSON value, got 1$/],
    ['input', { n: Number.NaN }, /^phases\[0\]\.input\.n must be a JSON value, got NaN$/],
    [
      'stage',
      circle(),
      /^phases\[0\]\.stage must be one of .*, got an object that JSON cannot hold$/,
    ],
  ])('refuses what JSON cannot hold in %s with a line like any other', (key, value, message) => {
    const error = refusal(() => defineWorkflow(workflow(phase('code', { [key]: value }))));
    expect(error.message).toMatch(message);
  });

  it('has a type for those who write it in TypeScript', () => {
    const written = {
      name: 'build',
      phases: [{ name: 'code', stage: 'implementation', agent: 'coder', timeout: '5s' }],
    } as const satisfies WorkflowInput;
    expectTypeOf(defineWorkflow(written)).toEqualTypeOf<WorkflowDefinition>();
    expect(defineWorkflow(written).name).toBe('build');
  });
});

it.each([
  ['1.1h', 3_960_000],
  ['2.3h', 8_280_000],
  ['1.005s', 1_005],
])('a duration of %s is %i ms, without what binary fractions leave', (timeout, timeoutMs) => {
  expect(defineWorkflow(workflow(phase('code', { timeout }))).phases[0]).toMatchObject({
    timeoutMs,
  });
});

describe('the hash of a definition', () => {
  it('does not depend on the order of keys, on defaults written out, or on the unit of a duration', () => {
    const spelledOut = {
      phases: [
        {
          input: { b: [{ d: 1, c: 2 }], a: null },
          maxVisits: 3,
          timeout: 5_000,
          retry: { jitter: 0.2, cap: '30s' },
          agent: 'coder',
          stage: 'implementation',
          name: 'code',
        },
      ],
      start: 'code',
      name: 'build',
    };
    const short = phase('code', { input: { a: null, b: [{ c: 2, d: 1 }] } });
    expect(defineWorkflow(spelledOut).hash).toBe(defineWorkflow(workflow(short)).hash);
  });

  it('is SHA-256 of the canonical JSON, which any platform computes alike', async () => {
    const { hash, ...rest } = chimera;
    const digest = await crypto.subtle.digest(
      'SHA-256',
      new TextEncoder().encode(canonicalJson(rest)),
    );
    expect(Buffer.from(digest).toString('hex')).toBe(hash);
  });

  it('changes with everything that changes the workflow', () => {
    const hashes = [
      {},
      { timeout: '6s' },
      { maxVisits: 4 },
      { action: 'implement' },
      { retry: { maxRetries: 2 } },
      { input: { a: 1 } },
      { agent: 'other' },
    ].map((more) => defineWorkflow(workflow(phase('code', more))).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('outlives a round through JSON', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const { hash: _hash, ...rest } = JSON.parse(
          JSON.stringify(definition),
        ) as WorkflowDefinition;
        const { hash: _own, ...own } = definition;
        expect(canonicalJson(rest)).toBe(canonicalJson(own));
      }),
    );
  });
});

describe('is refused, naming path, rule and value:', () => {
  const durations = "a duration of at least 1 ms (ms, or '90s', '5m', '1h')";
  it.each<readonly [string, unknown, string]>([
    [
      'no mapping',
      42,
      'workflow must be a mapping: name, description, start, timeout, phases, got 42',
    ],
    ['no phases', workflow(), 'phases must have at least one phase, got []'],
    [
      'a name in another form',
      { ...workflow(phase('code')), name: 'My Build' },
      'name must be kebab-case or snake_case, got "My Build"',
    ],
    [
      'no duration',
      workflow(phase('code', { timeout: 'soon' })),
      `phases[0].timeout must be ${durations}, got "soon"`,
    ],
    [
      'no timeout',
      workflow(phase('code', { timeout: undefined })),
      `phases[0].timeout must be set in phase "code": it must be ${durations}, such as timeout: 5m`,
    ],
    [
      'a timeout of nothing',
      workflow(phase('code', { timeout: 0 })),
      `phases[0].timeout must be ${durations}, got 0`,
    ],
    [
      'an unknown stage',
      workflow(phase('code', { stage: 'coding' })),
      'phases[0].stage must be one of planning, implementation, validation, got "coding"',
    ],
    [
      'a misspelt key',
      workflow(phase('code', { timout: '5s' })),
      'phases[0].timout must not be there: no such key (did you mean "timeout"?), got "5s"',
    ],
    [
      'an unknown key of a retry',
      workflow(phase('code', { retry: { maxRetry: 2 } })),
      'phases[0].retry.maxRetry must not be there: no such key (did you mean "maxRetries"?), got 2',
    ],
    [
      'a key that resembles none',
      { ...workflow(phase('code')), owner: 'me' },
      'owner must not be there: no such key, got "me"',
    ],
    [
      'a command line for a shell',
      workflow(
        phase('code', { agent: undefined, checks: [{ name: 'lint', command: 'make lint' }] }),
      ),
      'phases[0].checks[0].command must be a list of program and arguments (there is no shell), got "make lint"',
    ],
    [
      'a jitter beyond the whole delay',
      workflow(phase('code', { retry: { jitter: 1.5 } })),
      'phases[0].retry.jitter must be a number from 0 to 1, got 1.5',
    ],
    [
      'a cap under the base',
      workflow(phase('code', { retry: { base: '60s' } })),
      'phases[0].retry.cap must be at least base (60000 ms), got 30000',
    ],
    [
      'no visit at all',
      workflow(phase('code', { maxVisits: 0 })),
      'phases[0].maxVisits must be an integer >= 1, or "unlimited", got 0',
    ],
    [
      'two phases of one name',
      workflow(phase('code', { onSuccess: 'completed' }), phase('code')),
      'phases[1].name must be unique, phases[0] has it, got "code"',
    ],
    [
      'a phase with the name of an end',
      workflow(phase('dead')),
      'phases[0].name must not be a reserved word, got "dead"',
    ],
    [
      'a phase with a name that every object has',
      workflow(phase('constructor')),
      'phases[0].name must not be a reserved word, got "constructor"',
    ],
    [
      'a phase that nobody does',
      workflow(phase('code', { agent: undefined })),
      'phases[0] must have an agent, checks or children, phase "code" has none of them',
    ],
    [
      'a phase with agent and checks',
      workflow(phase('code', { checks: [{ name: 'lint', command: ['lint'] }] })),
      'phases[0] must have one of agent, checks and children, phase "code" has agent and checks',
    ],
    [
      'a start that is no phase',
      { ...workflow(phase('code')), start: 'cod' },
      'start must be a phase (did you mean "code"?), got "cod"',
    ],
    [
      'a success that leads nowhere',
      workflow(phase('code', { onSuccess: 'complete' })),
      'phases[0].onSuccess must be a phase or "completed" (did you mean "completed"?), got "complete"',
    ],
    [
      'a rejection that completes',
      workflow(phase('code', { onRejected: 'completed' })),
      'phases[0].onRejected must be a phase or "dead", got "completed"',
    ],
    [
      'a phase that nothing leads to',
      workflow(phase('code', { onSuccess: 'completed' }), phase('check')),
      'phases[1] must be reachable from "code", nothing leads from there to phase "check"',
    ],
    [
      'a phase without a way to the end',
      workflow(phase('code', { onSuccess: 'code' })),
      'phases[0] must have a way to "completed", phase "code" has none',
    ],
    [
      'a cycle without a bound',
      workflow(
        phase('code', { maxVisits: 'unlimited' }),
        phase('check', { onRejected: 'code', maxVisits: Infinity }),
      ),
      'phases must bound every cycle, phase cycle code → check → code has no bound: set maxVisits on one of them, got "unlimited"',
    ],
    [
      'a cycle beside a way out',
      workflow(
        phase('code', { onRejected: 'ask', maxVisits: 'unlimited' }),
        phase('check', { onSuccess: 'completed' }),
        phase('ask', { onSuccess: 'code', maxVisits: 'unlimited' }),
      ),
      'phases must bound every cycle, phase cycle code → ask → code has no bound: set maxVisits on one of them, got "unlimited"',
    ],
  ])('%s', (_claim, raw, message) => {
    expect(refusal(() => defineWorkflow(raw)).message).toBe(message);
  });

  it('everything of the same kind at once, one line each', () => {
    const error = refusal(() =>
      defineWorkflow({ name: 'Build', phases: [phase('code', { timeout: -1, agnt: 'x' })] }),
    );
    expect(error.code).toBe('INVALID_DEFINITION');
    expect(error.issues.map(({ path }) => path).sort()).toEqual([
      'name',
      'phases[0].agnt',
      'phases[0].timeout',
    ]);
    expect(error.message.split('\n')).toHaveLength(3);
  });

  it('everything that its parts are wrong for each other at once, unless one follows from another', () => {
    const idle = phase('plan', { agent: undefined, retry: { base: '60s' } });
    const early = { inputFrom: { plan: '/outputs/check', tests: '/outputs/nobody' } };
    expect(
      wrongPaths(idle, phase('code', { ...early, onSuccess: 'code' }), phase('check')),
    ).toEqual([
      'phases[0]',
      'phases[0].retry.cap',
      'phases[0]',
      'phases[1]',
      'phases[2]',
      'phases[1].inputFrom.plan',
      'phases[1].inputFrom.tests',
    ]);
    // Nothing leads to "check" because of the typing mistake: that is one mistake, not three.
    expect(
      wrongPaths(idle, phase('code', { ...early, onSuccess: 'chck' }), phase('check')),
    ).toEqual([
      'phases[0]',
      'phases[0].retry.cap',
      'phases[1].onSuccess',
      'phases[1].inputFrom.tests',
    ]);
  });

  it('everything that leads to no phase, and every name that is taken, beside what is wrong in form', () => {
    const late = phase('code', { timeout: 'soon', onRejected: 'plann' });
    const wrong = { ...workflow(phase('plan'), late, phase('plan')), start: 'nowhere' };
    expect(refusal(() => defineWorkflow(wrong)).message.split('\n')).toEqual([
      `phases[1].timeout must be ${durations}, got "soon"`,
      'start must be a phase, got "nowhere"',
      'phases[1].onRejected must be a phase or "dead" (did you mean "plan"?), got "plann"',
      'phases[2].name must be unique, phases[0] has it, got "plan"',
    ]);
  });

  it('nothing that leads to a name which is wrong itself', () => {
    const back = phase('code', { onRejected: 'plan' });
    for (const name of ['Plan', '', 7, undefined])
      expect(wrongPaths(phase('plan', { name }), back)).toEqual(['phases[0].name']);
    expect(refusal(() => defineWorkflow({ name: 'w', start: 'plan' })).issues).toHaveLength(1);
    expect(wrongPaths(phase('plan', { onRejected: 7, onSuccess: '' }), phase('code'))).toEqual([
      'phases[0].onSuccess',
      'phases[0].onRejected',
    ]);
  });

  it('a long value is cut', () => {
    const error = refusal(() =>
      defineWorkflow({ ...workflow(phase('code')), name: 'x y'.repeat(100) }),
    );
    expect(error.message.length).toBeLessThan(150);
  });
});

describe('a bound on one phase of a cycle', () => {
  it('bounds the cycle', () => {
    const looping = workflow(
      phase('code', { maxVisits: 'unlimited' }),
      phase('check', { onRejected: 'code', maxVisits: 2 }),
    );
    expect(defineWorkflow(looping).phases.map(({ maxVisits }) => maxVisits)).toEqual([
      unlimitedVisits,
      2,
    ]);
  });
});

describe('the agents of a definition', () => {
  it('are all configured, or the definition is refused', () => {
    const error = refusal(() => checkAgents(standard, ['planner', 'implementor']));
    expect(error.message).toBe(
      'phases[1].agent must be a configured agent (did you mean "implementor"?), got "implementer"\n' +
        'phases[2].agent must be a configured agent, got "validator"',
    );
  });

  it('are not asked for by phases of checks', () => {
    const checksOnly = defineWorkflow(
      workflow(phase('lint', { agent: undefined, checks: [{ name: 'lint', command: ['lint'] }] })),
    );
    expect(() => checkAgents(checksOnly, [])).not.toThrow();
  });
});

describe('the built-in definitions', () => {
  it('standard plans, implements and validates', () => {
    expect(outline(standard)).toEqual([
      'planning planning 600 implementation dead',
      'implementation implementation 1800 validation dead',
      'validation validation 600 completed implementation',
    ]);
  });

  it('chimera goes back to the code from its review and from staging', () => {
    expect(outline(chimera)).toEqual([
      'e2e_test_generation planning 300 code_implementation dead',
      'code_implementation implementation 1800 guardian_review dead',
      'guardian_review validation 600 staging_deployment code_implementation',
      'staging_deployment validation 900 e2e_validation dead',
      'e2e_validation validation 600 completed code_implementation',
    ]);
  });
});
