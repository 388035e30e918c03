import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, type Logger } from '../src/log.ts';
import { redactText } from '../src/logging/redact.ts';
import { inPhaseScope } from '../src/telemetry/phase-scope.ts';
import { hostileValues } from './hostile-values.ts';

/** What was written, as it was written. */
function written(act: (log: Logger) => void, level = 'trace'): string[] {
  const chunks: string[] = [];
  act(createLog(level, { write: (chunk: string) => void chunks.push(chunk) }));
  return chunks;
}

function lineOf(act: (log: Logger) => void): Record<string, unknown> {
  const [line = ''] = written(act);
  return JSON.parse(line) as Record<string, unknown>;
}

/** One object in one line of printable text. */
function expectOneLine(chunk: string | undefined): void {
  expect(chunk?.endsWith('}\n')).toBe(true);
  const line = chunk?.slice(0, -1) ?? '';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\ufeff]/);
  const text = Buffer.from(line).toString('utf8');
  expect(JSON.parse(text)).toMatchObject({ service: 'chimera', level: 'warn' });
  expect(line.length).toBeLessThan(200_000);
}

describe('a line', () => {
  it('has time, level, message and service, and what else was told below context', () => {
    const line = lineOf((log) => log.info({ component: 'pool', slots: 3, level: 9 }, 'resized'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'chimera',
      component: 'pool',
      context: { slots: 3, level: 9 },
      msg: 'resized',
    });
  });

  it('names the workflow, the phase and the trace that it is about', () => {
    const id = '0199a0b8-1234-7abc-8def-0123456789ab';
    const record = { id, state: { phase: 'plan' } };
    const claim = { record, token: 2 } as unknown as Parameters<typeof inPhaseScope>[0];
    const line = lineOf((log) => inPhaseScope(claim, () => log.warn('late')));
    expect(line).toMatchObject({
      task_id: id,
      workflow_phase: 'plan',
      trace_id: '0199a0b812347abc8def0123456789ab',
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('says an error with its causes', () => {
    const error = new Error('outer', { cause: new RangeError('inner') });
    const line = lineOf((log) => log.error({ err: error }, 'failed'));
    expect(line).toMatchObject({
      msg: 'failed',
      context: { err: { type: 'Error', message: 'outer', cause: { type: 'RangeError' } } },
    });
    expect(lineOf((log) => log.error(error)).msg).toBe('outer');
  });

  it('says the errors of several that happened at once, which may have no words for all', () => {
    const both = ['::1', '127.0.0.1'].map((host) => new Error(`nobody listens on ${host}`));
    const err = new TypeError('fetch failed', { cause: new AggregateError(both) });
    const line = lineOf((log) => log.error({ err }, 'x'));
    expect(line.context).toMatchObject({
      err: { cause: { errors: both.map(({ message }) => ({ message })) } },
    });
  });

  it('takes a percent sign for what it is', () => {
    expect(lineOf((log) => log.info('100 %s of %d')).msg).toBe('100 %s of %d');
  });

  it('stands as long as it is asked for', () => {
    const lines = written((log) => {
      log.info('no');
      log.level = 'debug';
      log.debug('yes');
      log.level = 'silent';
      log.fatal('no');
    }, 'warn');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['yes']);
  });
});

describe('secrets', () => {
  it.each([
    'password',
    'apiKey',
    'API_KEY',
    'x-api-key',
    'client_secret',
    'Authorization',
    'refreshToken',
    'set-cookie',
    'passwords',
    'cookies',
    'API_KEYS',
  ])('are not logged by the name of %s', (key) => {
    const [line = ''] = written((log) => log.info({ headers: { [key]: 'hunter2hunter2' } }, 'x'));
    const [inMap = ''] = written((log) =>
      log.info({ headers: new Map([[key, ['hunter2']]]) }, 'x'),
    );
    for (const each of [line, inMap]) {
      expect(each).not.toContain('hunter2');
      expect(each).toContain('[redacted]');
    }
  });

  it.each([
    'postgres://chimera:hunter2hunter2@db/x',
    'ghp_abcdefghijklmnopqrstuvwxyz0123',
    'eyJhbGciOiJIUzI1NiJ9.eyJhYmNkZWZnaCI6MX0.c2lnbmF0dXJl',
    'https://example.org/x?access_token=hunter2hunter2',
  ])('are not logged by half either, where a text is cut: %s', (words) => {
    for (let start = 8_192 - words.length; start <= 8_192; start += 1) {
      const [line = ''] = written((log) => log.info(`${'x'.repeat(start)} ${words} and more`));
      expect(line).not.toMatch(/abcdef|hunter|eyJhY/);
      expect(line).toMatch(/… \(\d+ characters more\)/);
    }
  });

  it.each([
    'Authorization: Bearer abcdefgh.ijklmnop',
    'postgres://chimera:hunter2hunter2@db/x',
    'key sk-proj-abcdefghijklmnopqrstuv',
    '\nghp_abcdefghijklmnopqrstuvwxyz0123',
    'AKIAABCDEFGHIJKLMNOP',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl',
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg"\\kqhk\n-----END PRIVATE KEY-----',
    'GET https://example.org/x?a=1&access_token=hunter2%2Bhunter2 failed',
    'https://example.org/cb#id_token=hunter2&state=1',
    '<a href="/x?page=2&amp;X-Api-Key=hunter2">',
    'https://store.example.org/b?sv=2022&sig=hunter2%2Bhunter2%3D&se=1',
    'PUT /b?X-Amz-Expires=60&X-Amz-Signature=hunter2 ended with 403',
    'connect host=db password=hunter2 user=ada',
    'PGPASSWORD=hunter2&#hunter2 psql',
    'Server=db;Password=hunter2\\hunter2;Database=x',
    '--client-secret=hunter2',
    'Command failed: mysql --password hunter2 -h db',
    `psql --db-password 'hunter2 hunter2' --host db`,
    `spawn login --access-token "hunter2'hunter2"`,
    `[ '--password', 'hunter2 hunter2' ]`,
    '{"args":["--api-key","hunter2 hunter2"],"line":"login --token \\"hunter2\\""}',
    'AccountKey=hunter2==;EndpointSuffix=x',
    `{'password': 'hunter2 hunter2'}`,
  ])('are not logged in the words %j, wherever they stand', (words) => {
    const lines = written((log) => {
      log.info(words);
      log.info({ deep: [{ output: words }] }, 'x');
      log.error(new Error(words));
    });
    for (const line of lines) {
      expect(line).toContain('[redacted]');
      expect(line).not.toMatch(/abcdefgh|hunter2|ABCDEFGH|c2lnbmF0|MIIEv/);
    }
  });

  it('are told by their names in the query of a URL, and nothing else of it is', () => {
    const asked =
      'GET https://example.org/x?user=ada&client_secret=hunter2&max_tokens=100#top: 403';
    const lost = 'https://example.org/tokens?of=token&author=ada&tokenize=yes';
    const line = lineOf((log) => log.info({ asked, lost }, 'x'));
    expect(line.context).toEqual({
      asked: asked.replace('hunter2', '[redacted]'),
      lost,
    });
  });

  describe('in free text', () => {
    const name = fc.constantFrom('password', 'DB_PASSWORD', 'clientSecret', 'x-api-key', 'token');
    // Nothing of it is in the words around it.
    const start = fc.constantFrom('Q', 'Ω', '%', '~Q');
    const bare = fc
      .tuple(start, fc.stringMatching(/^[^\s"'<>]{0,30}$/u))
      .map((all) => all.join(''));
    const quoted = fc.tuple(start, fc.string({ unit: 'binary' })).map((all) => all.join(''));
    const around = fc.constantFrom('', ' ', ', ', '; ', '\n', '(', '{ ', ' --', '{"a":1,');

    it('none is logged that is given to its name, up to a white space', () => {
      fc.assert(
        fc.property(around, name, bare, (before, key, value) => {
          expect(redactText(`${before}${key}=${value} user=ada`)).toBe(
            `${before}${key}=[redacted] user=ada`,
          );
        }),
      );
    });

    it('none is logged that stands in JSON, or in JSON within JSON', () => {
      fc.assert(
        fc.property(name, quoted, (key, value) => {
          const json = JSON.stringify({ user: 'ada', [key]: value, and: 'so on' });
          const clean = { user: 'ada', [key]: '[redacted]', and: 'so on' };
          expect(JSON.parse(redactText(json))).toEqual(clean);
          const within = redactText(JSON.stringify({ body: json }));
          expect(JSON.parse((JSON.parse(within) as { body: string }).body)).toEqual(clean);
        }),
      );
    });

    it('none is logged that signs a URL, and what else it says is', () => {
      const signature = fc.constantFrom('sig', 'Signature', 'X-Amz-Signature', 'X-Goog-Signature');
      const first = fc.constantFrom('?', '?sv=1&', '?a=b&amp;');
      const written = fc.base64String().map((text) => encodeURIComponent(text));
      fc.assert(
        fc.property(first, signature, written, (before, key, value) => {
          const url = (shown: string) =>
            `GET https://a.example/x${before}${key}=${shown}&se=2 failed`;
          expect(redactText(url(`Q${value}`))).toBe(url('[redacted]'));
        }),
      );
    });

    it.each([
      'the password is wrong',
      'no token: log in again, or give a password (secret or not)',
      'if (password == secret || token=== other) password => 1',
      'token=7, and tokens=100 of max_tokens=4096',
      'the signature=of-a-function, sig=1',
      '{"type":"password","token":7,"secrets":["a"],"password":""}',
      'password= ',
      'login --password --max-tokens 4096 --token 7 <password>',
      'usage: --token <token>, or --password-file path',
    ])('%j stays as it is', (words) => {
      expect(redactText(words)).toBe(words);
    });

    it.each([
      '--password ',
      '--',
      'password=',
      'password="',
      `'token': '`,
      '?password=',
      '?sig=&',
      'a',
    ])('a text made of %j is looked through in its time', (beginning) => {
      const text = beginning.repeat(200_000);
      // It takes milliseconds; by the square of its length it would take minutes.
      for (const each of [text, `?${text}`, `password="${'\\'.repeat(500_000)}${text}`])
        expect(redactText(redactText(each))).toBe(redactText(each));
    });
  });

  it.each(['password', 'DB_PASSWORD', 'clientSecret', 'api-key'])(
    'are not logged where %s is a number',
    (key) => {
      const line = lineOf((log) => log.info({ [key]: 12_345_678, deep: { [key]: 12n } }, 'x'));
      expect(line.context).toEqual({ [key]: '[redacted]', deep: { [key]: '[redacted]' } });
    },
  );

  it('are no numbers where they are counted, or fence', () => {
    const counted = { token: 7, input_tokens: 100, cookies: 3, passwords: 0 };
    expect(lineOf((log) => log.info(counted, 'x')).context).toEqual(counted);
  });
});

describe('whatever is logged', () => {
  it('stays one line of valid JSON', () => {
    for (const value of hostileValues()) {
      const [fields] = written((log) => log.warn({ value }, 'hostile'));
      expectOneLine(fields);
      const [whole] = written((log) => log.warn(value as object));
      expectOneLine(whole);
      const [message] = written((log) => log.warn({}, value as string));
      expectOneLine(message);
    }
  });

  it('stays one line of valid JSON, by chance', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const anything = fc.anything({
      key: text,
      values: [text, fc.double(), fc.bigInt(), fc.constant(undefined), fc.date()],
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    const lines: string[] = [];
    const log = createLog('warn', { write: (line: string) => void lines.push(line) });
    fc.assert(
      fc.property(anything, text, (value, message) => {
        log.warn({ value }, message);
        expectOneLine(lines.pop());
      }),
      { numRuns: 1_000 },
    );
  });
});
