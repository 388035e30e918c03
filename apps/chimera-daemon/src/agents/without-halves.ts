import { redacted } from '../logging/redact.ts';

/** Less of a secret is no use to anybody, and is found in words that are none. */
const shortest = 8;
const mark = '…';

/** Errors and evidence were cut before: what is left of a secret at the edge of a text goes, too. */
export function withoutHalves(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (cleaned, secret) => withoutEnd(withoutStart(cleaned, secret), secret),
    text,
  );
}

function withoutStart(text: string, secret: string): string {
  const from = text.startsWith(mark) ? mark.length : 0;
  for (let length = longest(text.length - from, secret); length >= shortest; length -= 1) {
    if (text.startsWith(secret.slice(-length), from))
      return text.slice(0, from) + redacted + text.slice(from + length);
  }
  return text;
}

function withoutEnd(text: string, secret: string): string {
  const to = text.endsWith(mark) ? text.length - mark.length : text.length;
  for (let length = longest(to, secret); length >= shortest; length -= 1) {
    if (text.endsWith(secret.slice(0, length), to))
      return text.slice(0, to - length) + redacted + text.slice(to);
  }
  return text;
}

/** Of many short texts each would be compared with every part of a long key otherwise: for minutes. */
function longest(room: number, secret: string): number {
  return Math.min(room, secret.length - 1);
}
