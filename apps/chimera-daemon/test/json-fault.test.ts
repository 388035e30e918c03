import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault } from '../src/json-fault.ts';

test.for<[string, string]>([
  ['{"definition":', 'it ends too early, at line 1, column 15'],
  ['{"a":1', 'it ends too early, at line 1, column 7'],
  ['"abc', 'it ends too early, at line 1, column 5'],
  ['  \n', 'it ends too early, at line 2, column 1'],
  ["{'a':1}", "expected property name or '}' at line 1, column 2"],
  ['{\r\n  "a": 1,\r\n}', 'expected double-quoted property name at line 3, column 1'],
  ['{"a":1}}', 'unexpected non-whitespace character after JSON at line 1, column 8'],
  ['{"a":"x\ny"}', 'bad control character in string literal at line 1, column 8'],
  ['[1, ]', 'unexpected character at line 1, column 5'],
  ['{\n "a": tru\n}', 'unexpected character at line 2, column 10'],
  ['{"a":"#", "b":#}', 'unexpected character at line 1, column 15'],
  ['hello', 'unexpected character at line 1, column 1'],
  ['undefined', 'unexpected character at line 1, column 1'],
])('of %j is told: %s', ([text, told]) => {
  expect(jsonFault(text)).toBe(told);
});

test.for([
  '{"password": "hunter2" "x"}',
  '{"password": hunter2}',
  // As if it were a part of what V8 says.
  '{"password": hunter2 in JSON at position 3 (line 1 column 4)}',
  `{"password": "${'#'.repeat(70_000)}", "again": hunter2}`,
])('nothing of a text itself is told', (text) => {
  expect(jsonFault(text)).not.toContain('hunter2');
});

test('an unexpected character is found wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.nat(3), (values, indent) => {
      const before = `[\n${values.map((value) => `${JSON.stringify(value, null, indent)},\n`).join('')}`;
      const lines = before.split('\n').length;
      expect(jsonFault(`${before}  ?]`)).toBe(`unexpected character at line ${lines}, column 3`);
    }),
  );
});
