/** Series as promtool writes them, by selector: `{ 'up{job="chimera"}': '1 1 0x5' }`, a value for each minute. */
export type Series = Readonly<Record<string, string>>;

export interface RuleCase {
  readonly series: Series;
  /** When the rule is looked at, from the first value on, such as `10m`. */
  readonly at: string;
  /** Between two values. Default `1m`. */
  readonly interval?: string;
}

export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold. Default: not at all. */
  readonly for?: string;
  /** `page` wakes somebody; `ticket` waits for the morning. */
  readonly severity: 'page' | 'ticket';
  /** What is wrong, with `{{ $labels.x }}` where it helps. */
  readonly summary: string;
  /** The file in `docs/runbooks`, without `.md`. */
  readonly runbook: string;
  /** A case in which it fires, and the labels that it then has besides `alertname` and `severity`. */
  readonly fires: RuleCase & { readonly labels: Readonly<Record<string, string>> };
  /** The nearest case in which it does not. */
  readonly silent: RuleCase;
  /** Cases in which it once fired or was silent, and should not have. */
  readonly alsoFires?: readonly RuleCase[];
  readonly alsoSilent?: readonly RuleCase[];
}
