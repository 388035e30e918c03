import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DefinitionError,
  defineWorkflow,
  type Json,
  phaseInput,
  standard,
} from '@chimera/workflow';

const build = (...phases: readonly object[]) =>
  defineWorkflow({
    name: 'build',
    phases: phases.map((phase) => ({
      stage: 'planning',
      agent: 'coder',
      timeout: '5s',
      ...phase,
    })),
  });

function issues(...phases: readonly object[]): readonly string[] {
  try {
    build(...phases);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const phase = (inputFrom: Readonly<Record<string, string>>, input = {}) => ({
  name: 'code',
  input,
  inputFrom,
});
const artifact = (name: string, visit: number, output: Json) => ({ phase: name, visit, output });

describe('the input of a phase', () => {
  it('is the fixed one, with what is taken from the workflow and from earlier phases', () => {
    const taken = phase(
      { ticket: '/input/ticket', file: '/outputs/plan/files/1', plan: '/outputs/plan' },
      { style: 'terse' },
    );
    const plan = { files: ['a.ts', 'b.ts'] };
    expect(
      phaseInput(taken, { input: { ticket: 7 }, artifacts: [artifact('plan', 1, plan)] }),
    ).toEqual({ input: { style: 'terse', ticket: 7, file: 'b.ts', plan } });
  });

  it('takes what the latest visit left', () => {
    const artifacts = [
      artifact('plan', 1, 'old'),
      artifact('x', 1, 'x'),
      artifact('plan', 2, 'new'),
    ];
    expect(phaseInput(phase({ plan: '/outputs/plan' }), { input: {}, artifacts })).toEqual({
      input: { plan: 'new' },
    });
  });

  it('may be null, which is a value', () => {
    expect(phaseInput(phase({ a: '/input/a' }), { input: { a: null }, artifacts: [] })).toEqual({
      input: { a: null },
    });
  });

  it.each([
    ['/input/a/b', '/input/a is 1'],
    ['/input/c', '/input is {"a":1,"list":["x"]}'],
    ['/input/list/1', '/input/list is ["x"]'],
    ['/input/list/-', '/input/list is ["x"]'],
    ['/input/list/00', '/input/list is ["x"]'],
    ['/input/list/length', '/input/list is ["x"]'],
    ['/input/toString', '/input is {"a":1,"list":["x"]}'],
    ['/outputs/plan/files', '/outputs is {}'],
  ])('fails where %s is not there, saying what is', (pointer, found) => {
    expect(
      phaseInput(phase({ file: pointer }), { input: { a: 1, list: ['x'] }, artifacts: [] }),
    ).toEqual({
      error: {
        code: 'INPUT_MISSING',
        message: `phase "code" takes its input "file" from ${pointer}, which is not there: ${found}`,
        retryable: false,
      },
    });
  });

  it('finds whatever key a document has, escaped as RFC 6901 says', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (key, value) => {
        const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1');
        const input = Object.fromEntries([[key, value]]);
        expect(phaseInput(phase({ found: `/input/${escaped}` }), { input, artifacts: [] })).toEqual(
          { input: { found: value } },
        );
      }),
    );
  });
});

describe('inputFrom in a definition', () => {
  it('is kept as it is written', () => {
    const inputFrom = { plan: '/outputs/plan/a~1b', all: '/input' };
    expect(build({ name: 'plan' }, { name: 'code', inputFrom }).phases[1]?.inputFrom).toEqual(
      inputFrom,
    );
  });

  it.each([
    ['plan', 'JSON Pointer'],
    ['/outputs/plan/a~2', 'JSON Pointer'],
    ['', 'must begin with /input or with /outputs/ and a phase'],
    ['/outputs', 'must begin with /input or with /outputs/ and a phase'],
    ['/plan/files', 'must begin with /input or with /outputs/ and a phase'],
    ['/outputs/pln/files', 'must name a phase after /outputs/ (did you mean "plan"?)'],
    ['/outputs/code', 'must take from a phase that can come before "code", "code" cannot'],
    ['/outputs/ship', 'must take from a phase that can come before "code", "ship" cannot'],
  ])('is refused as %s', (pointer, rule) => {
    const [line] = issues(
      { name: 'plan' },
      { name: 'code', inputFrom: { file: pointer } },
      { name: 'ship' },
    );
    expect(line).toContain('phases[1].inputFrom.file');
    expect(line).toContain(rule);
  });

  it('may take from a later phase, and from its own, where rework leads back', () => {
    expect(
      issues(
        { name: 'code', inputFrom: { review: '/outputs/review', before: '/outputs/code' } },
        { name: 'review', onRejected: 'code' },
      ),
    ).toEqual([]);
  });

  it('does not share keys with input', () => {
    expect(issues({ name: 'a', input: { x: 1 }, inputFrom: { x: '/input/x' } })).toEqual([
      'phases[0].inputFrom.x must not be in input as well, got "/input/x"',
    ]);
  });

  it('leaves the hashes of definitions without it as they were', () => {
    expect(standard.hash).toBe('ce15c3b9bec5379ba6f296dd65701a1e7b3c1e344c131cdf69c8039fb50c2817');
  });
});
