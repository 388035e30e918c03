import { nextMacrotask } from '@chimera/policy';
import { type Family, heading } from './family.ts';
import type { Format } from './format.ts';

export interface Expose {
  /** Default 'openmetrics'; see `negotiate` for what a scraper asks for. */
  readonly format?: Format;
  /** A string is no longer than this, unless a single series is. Default 16,384. */
  readonly chunkLength?: number;
}

/** The families' texts in strings of bounded length, with a turn of the event loop between them. */
export async function* exposition(
  families: Iterable<Family>,
  format: Format,
  chunkLength: number,
): AsyncGenerator<string, void, undefined> {
  let chunk = '';
  for (const text of textsOf(families, format)) {
    if (chunk !== '' && chunk.length + text.length > chunkLength) {
      yield chunk;
      chunk = '';
      await nextMacrotask();
    }
    chunk += text;
  }
  if (chunk !== '') yield chunk;
}

function* textsOf(families: Iterable<Family>, format: Format): Iterable<string> {
  for (const family of families) {
    let isHeaded = false;
    for (const text of family.texts(format)) {
      yield isHeaded ? text : heading(family, format) + text;
      isHeaded = true;
    }
  }
  if (format === 'openmetrics') yield '# EOF\n';
}
