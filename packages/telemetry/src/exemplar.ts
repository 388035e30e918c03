import { escaped } from './label-text.ts';
import { numberText } from './number-text.ts';
import type { SeriesHome } from './series-home.ts';

/** Where to look further, such as `{ trace_id, span_id }`. Together at most 128 characters, or it is not shown. */
export type Exemplar = Readonly<Record<string, string>>;
/**
 * An exemplar, or what makes it of the subject that is given beside it. Most are not kept, and
 * those are never made: a function that is made once, with the subject apart, costs nothing.
 */
export type ExemplarSource<Subject = undefined> = Exemplar | ((subject: Subject) => Exemplar);

/** An exemplar with the value that it stands for. */
export interface KeptExemplar {
  /** As they are exposed: `trace_id="…"`. */
  readonly labels: string;
  readonly value: number;
  /** Wall-clock ms. */
  readonly at: number;
}

const longest = 128;
const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * A series keeps the first one of a round. Nobody sees a second one, so it is neither made nor dated.
 * What cannot be made, or is none, is counted as dropped: it must end neither the work nor a scrape.
 */
export function keptExemplar<Subject>(
  { clock, dropped }: Pick<SeriesHome, 'clock' | 'dropped'>,
  value: number,
  source: ExemplarSource<Subject>,
  subject: Subject,
): KeptExemplar | undefined {
  try {
    const labels = labelsText(typeof source === 'function' ? source(subject) : source);
    return labels === undefined ? undefined : { labels, value, at: clock.now() };
  } catch {
    dropped();
    return undefined;
  }
}

/** Undefined when it is not shown. */
function labelsText(exemplar: Exemplar): string | undefined {
  let length = 0;
  const labels: string[] = [];
  for (const [key, text] of Object.entries(exemplar)) {
    const value = text.toWellFormed();
    length += key.length + value.length;
    if (!name.test(key) || length > longest) return undefined;
    labels.push(`${key}="${escaped(value)}"`);
  }
  return labels.join(',');
}

/** What stands behind the sample in OpenMetrics: ` # {trace_id="…"} 0.67 1520879607.789`. */
export function exemplarText(kept: KeptExemplar | undefined): string {
  if (kept === undefined) return '';
  return ` # {${kept.labels}} ${numberText(kept.value)} ${kept.at / 1_000}`;
}
