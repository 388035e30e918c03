import { choiceOption, refuseOption } from '@chimera/policy';
import type { Durability } from './connection.ts';

const owner = 'workflow-store';

/** Of every option. */
export const optionKinds = {
  path: 'string',
  durability: 'string',
  onDead: 'function',
  onCorruptRow: 'function',
  onCommit: 'function',
  watch: 'object',
  limits: 'array',
  claimKeys: 'function',
  writerThread: 'boolean',
} as const;

const rules = {
  array: 'a list',
  boolean: 'true or false',
  function: 'a function',
  object: 'an object',
  string: 'a text',
} as const;

/**
 * Before anything is opened: what a caller without types wrote wrongly is no fault of the file.
 *
 * @throws RangeError
 */
export function checkOptions(options: {
  readonly path: string;
  readonly durability?: Durability;
}): void {
  if (typeof options !== 'object' || options === null)
    refuseOption(owner, 'options', 'an object with a path', options);
  const known = Object.keys(optionKinds);
  for (const name of Object.keys(options))
    if (!known.includes(name)) refuseOption(owner, 'options', `among ${known.join(', ')}`, name);
  if (typeof options.path !== 'string')
    refuseOption(owner, 'path', 'the path of a file', options.path);
  for (const [name, value] of Object.entries(options)) {
    const kind = optionKinds[name as keyof typeof optionKinds];
    if (value !== undefined && !isOf(kind, value)) refuseOption(owner, name, rules[kind], value);
  }
  const { durability = 'power-loss' } = options;
  choiceOption(owner, 'durability', durability, ['power-loss', 'crash']);
}

function isOf(kind: keyof typeof rules, value: unknown): boolean {
  if (kind === 'array') return Array.isArray(value);
  return typeof value === kind && value !== null;
}
