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

/** How a terminal answers in an environment of its own, without there being one. */
function terminal(env: Record<string, string>): { hasColors(): boolean } {
  const stream = Object.create(WriteStream.prototype) as WriteStream;
  return { hasColors: () => stream.hasColors(env) };
}

test('a table that is piped has no colours, even where they are forced upon others', () => {
  vi.stubEnv('FORCE_COLOR', '1');
  expect(drawn({})).not.toContain(escape);
  expect(drawn({})).toContain('shop');
});

test('a table on a terminal has none with NO_COLOR', () => {
  const noColours = terminal({ TERM: 'xterm-256color', NO_COLOR: '1' });
  expect(noColours.hasColors()).toBe(false);
  expect(drawn(noColours)).not.toContain(escape);
  expect(terminal({ TERM: 'xterm-256color' }).hasColors()).toBe(true);
});
