/** Something that every implementation of a contract keeps, tried on a subject that nobody has used yet. */
export interface ConformanceLaw<Subject> {
  readonly name: string;
  /** Stable, where the suite has such. */
  readonly id?: string;
  /** Rejects with what is wrong. */
  readonly check: (subject: Subject) => Promise<void>;
}

export interface Scorecard {
  readonly kept: readonly string[];
  readonly broken: readonly { readonly law: string; readonly says: string }[];
  /** Of all laws, how many are kept: from 0 to 1. */
  readonly share: number;
  /** The whole card, a line for each law. */
  readonly text: string;
}

/**
 * Tries an implementation on every law of a suite, such as `workflowStoreLaws` of
 * `@chimera/workflow-store/conformance` and `breakerStateStoreLaws` of
 * `@chimera/circuit-breaker/store-laws`. Each law gets a subject of its own.
 */
export async function scorecard<Subject>(
  laws: readonly ConformanceLaw<Subject>[],
  create: () => Subject | Promise<Subject>,
  dispose: (subject: Subject) => void | Promise<void> = () => undefined,
): Promise<Scorecard> {
  const kept: string[] = [];
  const broken: { readonly law: string; readonly says: string }[] = [];
  for (const { check, id, name } of laws) {
    const law = id === undefined ? name : `${id} ${name}`;
    const subject = await create();
    try {
      await check(subject);
      kept.push(law);
    } catch (error) {
      broken.push({ law, says: error instanceof Error ? error.message : String(error) });
    } finally {
      await dispose(subject);
    }
  }
  const share = laws.length === 0 ? 1 : kept.length / laws.length;
  const lines = [
    `${kept.length} of ${laws.length} laws are kept`,
    ...kept.map((law) => `  kept    ${law}`),
    ...broken.map(({ law, says }) => `  BROKEN  ${law}: ${says}`),
  ];
  return { kept, broken, share, text: lines.join('\n') };
}
