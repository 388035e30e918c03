import type { Clock } from '@chimera/policy';
import { escaped } from './label-text.ts';
import { numberText } from './number-text.ts';

/** Where to look further, such as `{ trace_id, span_id }`. Together at most 128 characters, or it is not shown. */
export type Exemplar = Readonly<Record<string, string>>;
/**
 * An exemplar, or what makes it of the subject that is given beside it. Most are not kept, and
 * those are never made: a function that is made once, with the subject apart, costs nothing.
 */
export type ExemplarSource<Subject = undefined> = Exemplar | ((subject: Subject) => Exemplar);

/** An exemplar with the value that it stands for. */
export interface KeptExemplar {
  readonly labels: Exemplar;
  readonly value: number;
  /** Wall-clock ms. */
  readonly at: number;
}

const longest = 128;
const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A series keeps the first one of a round. Nobody sees a second one, so it is neither made nor dated. */
export function keptExemplar<Subject>(
  clock: Pick<Clock, 'now'>,
  value: number,
  source: ExemplarSource<Subject>,
  subject: Subject,
): KeptExemplar {
  const labels = typeof source === 'function' ? source(subject) : source;
  return { labels, value, at: clock.now() };
}

/** What stands behind the sample in OpenMetrics: ` # {trace_id="…"} 0.67 1520879607.789`. */
export function exemplarText(kept: KeptExemplar | undefined): string {
  if (kept === undefined) return '';
  let length = 0;
  const labels: string[] = [];
  for (const [key, text] of Object.entries(kept.labels)) {
    const value = text.toWellFormed();
    length += key.length + value.length;
    if (!name.test(key) || length > longest) return '';
    labels.push(`${key}="${escaped(value)}"`);
  }
  return ` # {${labels.join(',')}} ${numberText(kept.value)} ${kept.at / 1_000}`;
}
