import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../src/cli/read-arguments.ts';
import { refusalText } from '../src/cli/refusal-text.ts';

const cli = join(import.meta.dirname, '../src/cli.ts');

function run(file: string, ...args: readonly string[]) {
  return spawnSync(
    process.execPath,
    ['--conditions=chimera-source', cli, join(import.meta.dirname, file), ...args],
    { encoding: 'utf8' },
  );
}

test('chimera-prove tries every claim of a file, and fails when one does not hold', () => {
  const { status, stdout } = run('fixtures/claims.ts');
  expect(status).toBe(1);
  expect(stdout).toContain('✓ right: 50 runs');
  expect(stdout).toContain('✗ wrong breaks breaker-4');
  expect(stdout).toMatch(/replay\('prv1:[\w-]+', create\)/);
});

test('--report json is for machines, --seed and --runs go before what the file says', () => {
  const { stdout } = run('fixtures/claims.ts', '--report', 'json', '--seed', '5', '--runs', '7');
  const [right] = JSON.parse(stdout) as readonly [{ readonly runs: number }];
  expect(right).toMatchObject({ claim: 'right', holds: true, runs: 7 });
});

test('a file without a claim is a mistake', () => {
  const { status, stderr } = run('../src/index.ts');
  expect(status).toBe(2);
  expect(stderr).toContain('exports no claim');
});

describe('a wrong command is told in one line, and exits with 2:', () => {
  test.each([
    [['--runs', 'abc'], 'chimera-prove: --runs must be an integer >= 1, got "abc"'],
    [['--runs', '0'], 'chimera-prove: --runs must be an integer >= 1, got "0"'],
    [['--runs', '-1'], 'chimera-prove: --runs must be an integer >= 1, got "-1"'],
    [['--runs', '1.5'], 'chimera-prove: --runs must be an integer >= 1, got "1.5"'],
    [['--runs'], 'chimera-prove: --runs must be an integer >= 1, got "nothing"'],
    [['--seed', 'abc'], 'chimera-prove: --seed must be an integer from 0 to 4294967295, got "abc"'],
    [['--seed', '4294967296'], 'from 0 to 4294967295, got "4294967296"'],
    [['--report', 'xml'], "chimera-prove: --report must be 'text' or 'json', got \"xml\""],
    [['--watch=no'], 'chimera-prove: --watch must be without a value, got "no"'],
    [['other.ts'], 'chimera-prove: file must be one, got "claims.ts other.ts"'],
    [
      ['--run', '5'],
      'chimera-prove: --run is no flag; these are: --seed, --runs, --report, --watch, --help',
    ],
  ])('%j', (args, message) => {
    const reading = () => readArguments(['claims.ts', ...args]);
    expect(reading).toThrow(RangeError);
    expect(reading).toThrow(message);
  });

  test('flags are read where they are right', () => {
    expect(readArguments(['claims.ts', '--runs', '7', '--seed=0', '--report', 'json'])).toEqual({
      file: 'claims.ts',
      runs: 7,
      seed: 0,
      report: 'json',
      watch: false,
      help: false,
    });
  });

  test.each([
    ['fixtures/claims.ts', ['--runs', '-1'], /^chimera-prove: --runs must .+, got "-1"\n$/],
    ['fixtures/nowhere.ts', [], /^chimera-prove: file must be there, got ".+nowhere\.ts"\n$/],
    ['fixtures', [], /^chimera-prove: file must be there, got ".+fixtures"\n$/],
    ['fixtures/misspelled-claim.ts', [], /^proving: failureInARow is no field of a breaker; .+\n$/],
    [
      'fixtures/misplaced-claim.ts',
      [],
      /^chimera-prove: .+misplaced-claim\.ts:\d+ throws SyntaxError: .+ named 'noHarm'\n$/,
    ],
    [
      'fixtures/throwing-claim.ts',
      [],
      /^chimera-prove: .+throwing-claim\.ts:4:\d+ throws Error: no such policy\n$/,
    ],
    [
      'fixtures/stray-rejection.ts',
      [],
      /^chimera-prove: .+stray-rejection\.ts:\d+:\d+ throws Error: nobody hears\n$/,
    ],
    [
      'fixtures/keep-notes.sh',
      [],
      /^chimera-prove: .+keep-notes\.sh throws TypeError: .+".sh".+\n$/,
    ],
  ] as const)('%s %j', (file, args, line) => {
    const { status, stderr, stdout } = run(file, ...args);
    expect(stderr).toMatch(line);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

test('a Node.js that reads no TypeScript is told which one does', () => {
  const error = Object.assign(new TypeError('Unknown file extension ".ts" for /claims.ts'), {
    code: 'ERR_UNKNOWN_FILE_EXTENSION',
  });
  expect(refusalText('claims.ts', error)).toBe(
    `chimera-prove: claims.ts needs Node.js 22.18 or later, which reads TypeScript, got ${process.version}; or give it JavaScript`,
  );
  expect(refusalText('claims.tsx', error)).toContain('throws TypeError: Unknown file extension');
  expect(refusalText('claims.js', 'nothing')).toBe('chimera-prove: claims.js throws nothing');
});
