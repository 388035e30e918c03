/** A longer label value is cut: a scrape's parts stay bounded whatever becomes a label. */
const longestValue = 200;

/** Label values can be any text; quotes, backslashes and line feeds are escaped in both formats. */
export function escaped(text: string): string {
  return /["\\\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : text;
}

/**
 * The labels of a series as they are exposed: `agent="x",queue="y"`. Values that are the same once
 * encoded as UTF-8 (lone surrogates are not encodable) have the same text, so it is a series' key.
 */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (const [index, name] of names.entries()) {
    const value = (values[index] ?? '').slice(0, longestValue).toWellFormed();
    text += `${index === 0 ? '' : ','}${name}="${escaped(value)}"`;
  }
  return text;
}
