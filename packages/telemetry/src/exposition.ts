import { type Clock, nextMacrotask } from '@chimera/policy';
import { type Family, heading } from './family.ts';
import type { Format } from './format.ts';

export interface Expose {
  /** Default 'openmetrics'; see `negotiate` for what a scraper asks for. */
  readonly format?: Format;
  /** A string is no longer than this, unless a single series is. Default 16,384. */
  readonly chunkLength?: number;
}

/** When a scrape makes way for other work. */
export interface Pace {
  readonly chunkLength: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * How long a scrape works at a time. By the clock and not by the number of series: a slow machine,
 * and series of many buckets, take longer for the same text.
 */
const turnMs = 1;

/** The families' texts in strings of bounded length, with a turn of the event loop between them. */
export async function* exposition(
  families: Iterable<Family>,
  format: Format,
  { chunkLength, clock }: Pace,
): AsyncGenerator<string, void, undefined> {
  let chunk = '';
  let turnEndsAt = clock.monotonic() + turnMs;
  for (const text of textsOf(families, format)) {
    const isFull = chunk.length + text.length > chunkLength;
    if (chunk !== '' && (isFull || clock.monotonic() >= turnEndsAt)) {
      yield chunk;
      chunk = '';
      await nextMacrotask();
      turnEndsAt = clock.monotonic() + turnMs;
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
