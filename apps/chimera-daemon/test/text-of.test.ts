import type { Json } from '@chimera/workflow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { textOf } from '../src/cli/text-of.ts';

test('a value is a YAML block: nested, and texts line by line', () => {
  const value = { files: 3, note: 'one\ntwo\n', id: '7', steps: ['a', { by: 'ada' }], left: [] };
  expect(textOf(value, '  ')).toEqual([
    '  files: 3',
    '  note: |',
    '    one',
    '    two',
    '  id: "7"',
    '  steps:',
    '    - a',
    '    - by: ada',
    '  left: []',
  ]);
});

test('short values of visible characters say what they are: they can be read back', () => {
  const text = fc.stringMatching(/^[a-z:#'"{}[\]&*!|>%@`0-9\n -]{0,20}$/);
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const shown = parse(textOf(value).join('\n')) as Json;
      // Blanks and breaks at the end of a text are not seen anyway.
      expect(flat(shown)).toEqual(flat(value));
    }),
  );
});

test('nothing in it moves the cursor, whatever it says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 30 }), (value, text) => {
      for (const line of textOf({ value: value as Json, [text]: `${text}\n${text}` }))
        // eslint-disable-next-line no-control-regex -- control characters are what is looked for
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

test('what is long is cut, and says how much is missing', () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  const shown = textOf({ log: lines.join('\n') });
  expect(shown).toHaveLength(42);
  expect(shown).toContain('  … 460 lines …');
  expect(shown.at(-1)).toBe('  line 499');
  expect(textOf(lines)).toHaveLength(201);
  expect(textOf('x'.repeat(5_000))).toEqual([`${'x'.repeat(1_000)}… 4000 characters …`]);
});

function flat(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll(/[ \n]+/g, ' ').trim();
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, flat(entry)]));
}

test('a value of more levels than can be laid out is not shown', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as Json;
  expect(textOf(deep, '  ')).toEqual(['  … too many levels to show; --json has them …']);
});
