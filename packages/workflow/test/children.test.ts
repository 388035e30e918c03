import { describe, expect, it } from 'vitest';
import {
  checkChildren,
  DefinitionError,
  defineWorkflow,
  initialState,
  planChildren,
  stateDiagram,
  transition,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
  why,
} from '@chimera/workflow';

const one = { stage: 'planning', timeout: '5s' } as const;
const parent = (children: unknown, more: object = {}, name = 'parent') =>
  defineWorkflow({
    name,
    phases: [
      { ...one, name: 'plan', agent: 'planner' },
      { ...one, name: 'fan', children, ...more },
    ],
  });
const start = [{ workflow: 'change' }];

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return '';
}

describe('the children of a phase', () => {
  it('are all needed unless it says otherwise', () => {
    expect(parent({ start }).phases[1]?.children).toEqual({
      start: [{ workflow: 'change', input: {} }],
      join: 'all',
    });
  });

  it.each([
    ['an agent beside them', { start }, { agent: 'a' }, 'one of agent, checks and children'],
    [
      'an input beside them',
      { start },
      { input: { a: 1 } },
      'beside children, phase "fan" has both: give it under',
    ],
    ['none', { start: [] }, {}, 'must have at least one child'],
    ['an unknown key', { start, forEch: [] }, {}, 'did you mean "forEach"?'],
    ['an unknown key of a child', { start: [{ workflw: 'a' }] }, {}, 'did you mean "workflow"?'],
    ['a join of none', { start, join: { atLeast: 0 } }, {}, "must be 'all', 'any' or"],
    ['none at a time', { start, maxParallel: 0 }, {}, 'must be an integer >= 1, got 0'],
    ['half a child at a time', { start, maxParallel: 1.5 }, {}, 'must be an integer >= 1, got 1.5'],
    ['any at a time, in a word', { start, maxParallel: 'all' }, {}, 'must be an integer >= 1'],
    ['a join of more than all', { start, join: { atLeast: 2 } }, {}, 'not need more than all 1'],
    ['a text that is no pointer', { start, forEach: 'plan' }, {}, 'must be a JSON Pointer'],
    ['a number for a list', { start, forEach: 7 }, {}, 'must be a list, or a JSON Pointer'],
    ['a list of a later phase', { start, forEach: '/outputs/fan' }, {}, '"fan" cannot'],
    ['more than a thousand', { start, forEach: Array(1_001).fill(1) }, {}, 'at most 1000 children'],
    [
      'an item without a list',
      { start: [{ workflow: 'a', inputFrom: { x: '/item' } }] },
      {},
      'must begin with /input or with /outputs/ and a phase',
    ],
  ])('are refused with %s', (_what, children, more, message) => {
    expect(refusal(() => parent(children, more))).toContain(message);
  });

  it('run as many at a time as it says, and definitions that do not say it keep their hash', () => {
    const { children } = parent({ start, maxParallel: 3 }).phases[1] ?? {};
    expect(children?.maxParallel).toBe(3);
    expect(Object.keys(parent({ start }).phases[1]?.children ?? {})).toEqual(['start', 'join']);
  });

  it('are planned item by item, in the order in which they are written', () => {
    const phase = parent({
      forEach: [{ file: 'a' }, { file: 'b' }],
      start: [
        { workflow: 'change', inputFrom: { path: '/item/file' } },
        { workflow: 'docs', input: { tone: 'dry' } },
      ],
    }).phases[1];
    if (phase?.children === undefined) throw new Error('no children');
    expect(planChildren(phase, phase.children, { input: {}, artifacts: [] })).toEqual({
      children: [
        { workflow: 'change', input: { path: 'a' } },
        { workflow: 'docs', input: { tone: 'dry' } },
        { workflow: 'change', input: { path: 'b' } },
        { workflow: 'docs', input: { tone: 'dry' } },
      ],
    });
  });

  it('are in the diagram', () => {
    const shown = stateDiagram(parent({ forEach: '/outputs/plan', start, join: { atLeast: 2 } }));
    expect(shown).toContain('phase2 : fan<br/>for each: change (at least 2)');
    const slowly = stateDiagram(parent({ forEach: [1, 2, 3, 4], start, maxParallel: 3 }));
    expect(slowly).toContain('phase2 : fan<br/>for each: change (all, 3 at a time)');
  });

  it('are in the words of why their parent waits', () => {
    const definition = parent({ forEach: [1, 2, 3], start });
    const events: readonly WorkflowEvent[] = [
      { type: 'claimed', at: 0 },
      { type: 'phase-succeeded', at: 0, output: null },
      { type: 'claimed', at: 0 },
      { type: 'children-started', at: 0, count: 3 },
      { type: 'child-ended', at: 1, fork: '0:fan:1', index: 2, outcome: 'completed' },
      { type: 'child-ended', at: 1, fork: '0:fan:1', index: 0, outcome: 'failed' },
    ];
    const state = events.reduce<WorkflowState>(
      (before, event) => transition(definition, before, event).state,
      initialState(definition),
    );
    expect(why(state, 2_000).words).toBe(
      'phase "fan" waits for its children: 1 pending, 1 completed, 1 failed; 3 s left',
    );
  });
});

const named = (name: string, ...children: readonly string[]) =>
  parent({ start: children.map((workflow) => ({ workflow })) }, {}, name);

const many = (name: string, child: string) => named(name, ...Array<string>(100).fill(child));

const check = (definition: WorkflowDefinition, ...others: readonly WorkflowDefinition[]) =>
  refusal(() =>
    checkChildren(definition, new Map([definition, ...others].map((each) => [each.name, each]))),
  );

describe('workflows that start each other', () => {
  const leaf = defineWorkflow({
    name: 'leaf',
    phases: [{ ...one, name: 'work', agent: 'a' }],
  });
  it('may form a graph', () => {
    const left = named('left', 'leaf');
    const right = named('right', 'leaf');
    expect(check(named('top', 'left', 'right', 'leaf'), left, right, leaf)).toBe('');
  });

  it('are known', () => {
    expect(check(named('top', 'lef'), leaf)).toBe(
      'phases[1].children.start[0].workflow must be a known workflow (did you mean "leaf"?), got "lef"',
    );
  });

  it('do not contain themselves', () => {
    expect(check(named('top', 'next'), named('next', 'top'))).toContain(
      'must not contain a workflow in itself, top → next → top does',
    );
  });

  it('nest five levels deep, and no deeper', () => {
    const chain = ['a', 'b', 'c', 'd', 'e'].map((name, index, all) =>
      named(name, all[index + 1] ?? 'leaf'),
    );
    const [first = leaf, ...rest] = chain;
    expect(check(first, ...rest, leaf)).toBe('');
    expect(check(named('top', 'a'), ...chain, leaf)).toContain(
      'must not nest deeper than 5 levels, top → a → b → c → d → e → leaf does',
    );
  });

  it('nest no deeper by a longer way to what is fine by a shorter one', () => {
    const low = ['c', 'd', 'e'].map((name, index, all) => named(name, all[index + 1] ?? 'leaf'));
    const high = [named('a', 'b'), named('b', 'c')];
    expect(check(named('top', 'c', 'b', 'd'), ...low, ...high, leaf)).toBe('');
    expect(check(named('top', 'c', 'b', 'a', 'd'), ...low, ...high, leaf)).toBe(
      'phases[1].children.start[2].workflow must not nest deeper than 5 levels, top → a → b → c → d → e → leaf does, got "a"',
    );
  });

  it('are looked at in as many steps as there are children, not as there are ways', () => {
    const all = [
      many('top', 'a'),
      many('a', 'b'),
      many('b', 'c'),
      many('c', 'd'),
      many('d', 'leaf'),
    ];
    let looks = 0;
    class Counting extends Map<string, WorkflowDefinition> {
      override get(name: string) {
        looks += 1;
        if (looks > 1_000) throw new Error('it is looked at in too many steps');
        return super.get(name);
      }
    }
    const known = new Counting([...all, leaf].map((each) => [each.name, each]));
    checkChildren(all[0] ?? leaf, known);
    expect(looks).toBeLessThanOrEqual(500);
  });
});
