/** What a metric is called and says, and which labels its series differ in. */
export interface MetricSpec<Label extends string = never> {
  /** As in a query: a counter's ends in `_total`, a unit stands at the end (`_seconds`, `_bytes_total`). */
  readonly name: string;
  readonly help: string;
  /** A base unit that the name ends in, for the `# UNIT` line of OpenMetrics. */
  readonly unit?: string;
  /** Default none. Never an identifier: each value of a label is a series that is kept for ever. */
  readonly labels?: readonly Label[];
  /** Series beyond this many share one whose labels are all `other`. Default: the registry's. */
  readonly maxSeries?: number;
}

/** One value for each label; a metric without labels is bound without an argument. */
export type LabelValues<Label extends string> = [Label] extends [never]
  ? []
  : [labels: Readonly<Record<Label, string>>];
