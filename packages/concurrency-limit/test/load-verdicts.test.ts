import { describe, expect, test } from 'vitest';
import { classifyDrop, verdictOfError } from '../src/classify-sample.ts';

const timeout = new DOMException('too late', 'TimeoutError');
const abort = new DOMException('enough', 'AbortError');

describe('only a timeout says that the load was too much', () => {
  test.each([
    [timeout, 'dropped'],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'dropped'],
    [abort, 'ignored'],
    [new Error('TimeoutError'), 'ignored'],
    ['TimeoutError', 'ignored'],
    [{ name: 'TimeoutError' }, 'ignored'],
    [undefined, 'ignored'],
  ])('%s: %s', (error, verdict) => {
    expect(classifyDrop(error)).toBe(verdict);
  });
});

test('a refusal by a policy below is ignored, whatever `classify` says', () => {
  const refusal = Object.assign(new Error('open'), { isRejection: true });
  expect(verdictOfError(refusal, () => 'dropped')).toBe('ignored');
  expect(verdictOfError(new Error('down'), () => 'dropped')).toBe('dropped');
});
