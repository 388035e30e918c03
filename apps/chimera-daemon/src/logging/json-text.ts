import { plainText } from './plain.ts';

/**
 * What a terminal or a reader of lines would act on, and JSON leaves as it is: DEL and the C1
 * controls, the line and paragraph separators, the byte order mark, and what turns text around.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const acted = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A line of JSON that nothing acts on. */
export function inert(line: string): string {
  return line.replace(acted, escaped);
}

/** A text as it stands in a line. */
export function jsonText(text: string): string {
  return inert(JSON.stringify(plainText(text)));
}

/** Such characters stand in strings only, where JSON allows to escape them. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
