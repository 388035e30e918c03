import { WriteStream } from 'node:tty';
import { afterEach, expect, test, vi } from 'vitest';
import { newTable } from '../src/new-table.ts';

const escape = '\u001b';
afterEach(() => vi.unstubAllEnvs());

function drawn(stream: { hasColors?(): boolean }): string {
  const table = newTable(stream, { head: ['repository'] });
  table.push(['shop']);
  return table.toString();
}

/** How a terminal answers, without there being one. */
const terminal = Object.create(WriteStream.prototype) as WriteStream;

test('a table that is piped has no colours, even where they are forced upon others', () => {
  vi.stubEnv('FORCE_COLOR', '1');
  expect(drawn({})).not.toContain(escape);
  expect(drawn({})).toContain('shop');
});

test('a table on a terminal has none with NO_COLOR', () => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
  vi.stubEnv('NO_COLOR', '1');
  expect(terminal.hasColors()).toBe(false);
  expect(drawn(terminal)).not.toContain(escape);
  vi.stubEnv('NO_COLOR', undefined);
  expect(terminal.hasColors()).toBe(true);
});
