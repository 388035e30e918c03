import { choiceOption, refuseOption } from '@chimera/policy';
import { parseArgs } from 'node:util';

export interface Arguments {
  readonly file: string | undefined;
  readonly seed: number | undefined;
  readonly runs: number | undefined;
  readonly report: 'text' | 'json';
  readonly watch: boolean;
  readonly help: boolean;
}

const owner = 'chimera-prove';
const flags = {
  seed: { type: 'string' },
  runs: { type: 'string' },
  report: { type: 'string' },
  watch: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * What the command line says.
 *
 * @throws RangeError that names the flag: `chimera-prove: --runs must be an integer >= 1, got "abc"`
 */
export function readArguments(args: readonly string[]): Arguments {
  // Not strict, for the messages to be of one form, and for `--runs -1` to be a wrong number.
  const { positionals, tokens, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: flags,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !Object.hasOwn(flags, token.name)) {
      const known = Object.keys(flags).map((name) => `--${name}`);
      throw new RangeError(`${owner}: ${token.rawName} is no flag; these are: ${known.join(', ')}`);
    }
  }
  const { help, report, runs, seed, watch } = values;
  if (positionals.length > 1) refuseOption(owner, 'file', 'one', positionals.join(' '));
  return {
    file: positionals[0],
    seed: integerFlag('seed', seed, 0, 2 ** 32 - 1),
    runs: integerFlag('runs', runs, 1),
    report:
      report === undefined
        ? 'text'
        : choiceOption(owner, '--report', report as 'text', ['text', 'json']),
    watch: switchFlag('watch', watch),
    help: switchFlag('help', help),
  };
}

function integerFlag(
  flag: string,
  value: string | boolean | undefined,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : -1;
  if (number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `>= ${min}` : `from ${min} to ${max}`;
  return refuseOption(owner, `--${flag}`, `an integer ${range}`, given(value));
}

function switchFlag(flag: string, value: string | boolean | undefined): boolean {
  if (typeof value === 'string') refuseOption(owner, `--${flag}`, 'without a value', value);
  return value ?? false;
}

/** A flag that nothing follows is `true` to the parser. */
function given(value: string | boolean): string {
  return typeof value === 'string' ? value : 'nothing';
}
