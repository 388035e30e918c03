import type { z } from 'zod';
import type { NumberRange } from './number-range.ts';

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  nan: 'a number',
  number: 'a number',
  string: 'a text',
};

/**
 * The rule that an issue says was broken, in words for whoever wrote the value: `must be …`.
 * `group`: what several values by name are called there. `range`: of the number that it is about.
 */
export function ruleWords(issue: z.core.$ZodIssue, group: string, range?: NumberRange): string {
  // Written by hand for this field.
  if (issue.code === 'custom' || /^must (?!be a valid)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? group}`;
    case 'too_small':
      if (range !== undefined) return rangeRule(range);
      return sizeRule(issue.origin, issue.minimum, issue.inclusive === false ? '>' : '>=');
    case 'too_big':
      if (range !== undefined) return rangeRule(range);
      return sizeRule(issue.origin, issue.maximum, issue.inclusive === false ? '<' : '<=');
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a ${issue.format}`;
    case 'invalid_key':
      return 'must be named with lower-case letters, digits and hyphens';
    case 'invalid_union':
      return issue.discriminator === undefined
        ? 'must have one of the forms that it can have'
        : `must name its ${issue.discriminator}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_element':
    case 'unrecognized_keys':
      return `is wrong: ${issue.message}`;
  }
}

/** Who is told of one end only tries the other one next. */
function rangeRule({ least, most }: NumberRange): string {
  return `must be from ${least} to ${most}`;
}

function sizeRule(origin: string, bound: number | bigint, sign: '>' | '>=' | '<' | '<='): string {
  if (origin !== 'string' && origin !== 'array') return `must be ${sign} ${bound}`;
  const things = origin === 'string' ? 'characters' : 'entries';
  if (sign === '>=' && Number(bound) === 1) return 'must not be empty';
  return `must have ${sign.startsWith('>') ? 'at least' : 'at most'} ${bound} ${things}`;
}
