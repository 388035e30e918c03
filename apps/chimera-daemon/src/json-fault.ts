/** To find a place that is not told, the text is read some twenty times. */
const longestSearched = 65_536;

/** Why a text is no JSON, and where. Nothing of the text itself is told: it may hold secrets. */
export function jsonFault(text: string): string {
  const said = refusal(text);
  if (isOfCharacter(said)) {
    if (text.length > longestSearched) return 'a character is none of JSON where it stands';
    return `unexpected character at ${place(text, unexpectedAt(text))}`;
  }
  const [, rule = '', position = text.length] =
    /^(.+?)(?: in JSON)? at position (\d+)/.exec(said) ?? [];
  const at = Number(position);
  if (at >= text.length) return `it ends too early, at ${place(text, at)}`;
  return `${rule.charAt(0).toLowerCase()}${rule.slice(1)} at ${place(text, at)}`;
}

/** What V8 says of it; empty for JSON. */
function refusal(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The one kind of refusal that tells a part of the text, and no place. */
function isOfCharacter(said: string): boolean {
  return said.endsWith('is not valid JSON');
}

/** Beginnings of the text are refused for that character from the one that ends with it on. */
function unexpectedAt(text: string): number {
  let at = 0;
  for (let end = text.length - 1; at < end;) {
    const middle = Math.floor((at + end) / 2);
    if (isOfCharacter(refusal(text.slice(0, middle + 1)))) end = middle;
    else at = middle + 1;
  }
  return at;
}

function place(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
