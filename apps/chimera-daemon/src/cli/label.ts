import { InvalidArgumentError } from 'commander';
import { labelForm, labelPair } from '../label-pair.ts';

export type Labels = Readonly<Record<string, string>>;

/** `name=value`, beside those that were given before. */
export function label(text: string, before: Labels = {}): Labels {
  const [name, value] = labelPair(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError(`It ${labelForm}.`);
  if (Object.hasOwn(before, name))
    throw new InvalidArgumentError(
      `A label has one value, and ${name} has "${before[name]}" by another --label, beside "${value}".`,
    );
  return { ...before, [name]: value };
}
