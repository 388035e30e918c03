import type { Json } from './json.ts';

/** The tokens of a JSON Pointer (RFC 6901), or undefined when the text is none. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text !== '' && !text.startsWith('/')) return undefined;
  if (/~(?![01])/.test(text)) return undefined;
  // In this order: ~01 stands for ~1, not for a slash.
  return text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** How far a pointer leads into a document. */
export interface Pointed {
  /** How many of its tokens lead somewhere; all of them when the value is there. */
  readonly depth: number;
  /** What is at that place. */
  readonly value: Json;
}

/** Follows the tokens as far as there is something; own keys and existing indexes alone. */
export function follow(document: Json, tokens: readonly string[]): Pointed {
  let value = document;
  for (const [depth, token] of tokens.entries()) {
    const inner = memberOf(value, token);
    if (inner === undefined) return { depth, value };
    value = inner;
  }
  return { depth: tokens.length, value };
}

const index = /^(?:0|[1-9][0-9]*)$/;

function memberOf(value: Json, token: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isList(value)) return index.test(token) ? value[Number(token)] : undefined;
  return Object.hasOwn(value, token) ? value[token] : undefined;
}

/** `Array.isArray` does not narrow readonly lists. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
