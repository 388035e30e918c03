/** A law of a queue or a daemon that a history breaks. */
export interface Violation {
  /** Id of a law of `daemonLaws`. */
  readonly law: string;
  /** Which job, workflow or value it is about. */
  readonly subject: string;
  readonly message: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  /** By law, how often it was looked at: a law that nothing was held to was not checked. */
  readonly checked: Readonly<Record<string, number>>;
}

/** Counts what is looked at, and keeps what is wrong. */
export class Judge {
  readonly #violations: Violation[] = [];
  readonly #checked: Record<string, number> = {};

  /** Looks once at a law: a message says how it is broken. */
  look(law: string, subject: string, message: string | undefined | false): void {
    this.#checked[law] = (this.#checked[law] ?? 0) + 1;
    if (typeof message === 'string') this.#violations.push({ law, subject, message });
  }

  get verdict(): Verdict {
    return { violations: this.#violations, checked: this.#checked };
  }
}

export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  const checked: Record<string, number> = {};
  for (const verdict of verdicts)
    for (const [law, times] of Object.entries(verdict.checked))
      checked[law] = (checked[law] ?? 0) + times;
  return { violations: verdicts.flatMap(({ violations }) => violations), checked };
}
