import { escaped } from './label-text.ts';
import { numberText } from './number-text.ts';

/** Where to look further, such as `{ trace_id, span_id }`. Together at most 128 characters, or it is not shown. */
export type Exemplar = Readonly<Record<string, string>>;
/** An exemplar, or what makes it once it is shown: most are replaced before anybody looks. It is kept until then. */
export type ExemplarSource = Exemplar | (() => Exemplar);

/** An exemplar with the value that it stands for. */
export interface KeptExemplar {
  readonly labels: ExemplarSource;
  readonly value: number;
  /** Wall-clock ms. */
  readonly at: number;
}

const longest = 128;
const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What stands behind the sample in OpenMetrics: ` # {trace_id="…"} 0.67 1520879607.789`. */
export function exemplarText(kept: KeptExemplar | undefined): string {
  if (kept === undefined) return '';
  const shown = typeof kept.labels === 'function' ? kept.labels() : kept.labels;
  let length = 0;
  const labels: string[] = [];
  for (const [key, text] of Object.entries(shown)) {
    const value = text.toWellFormed();
    length += key.length + value.length;
    if (!name.test(key) || length > longest) return '';
    labels.push(`${key}="${escaped(value)}"`);
  }
  return ` # {${labels.join(',')}} ${numberText(kept.value)} ${kept.at / 1_000}`;
}
