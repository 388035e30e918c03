export const labelForm = 'must have the form name=value, such as repository=shop';

/** Name and value of `name=value`; a value may have a `=`, too. */
export function labelPair(text: string): readonly [name: string, value: string] | undefined {
  const at = text.indexOf('=');
  return at <= 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}
