import type { Kind, Rules } from '../check/rules.ts';
import type { Create } from '../check/subject.ts';

/** A policy with one known mistake. */
export interface Mutant {
  /** Such as `breaker/stale-permit`. */
  readonly name: string;
  /** What is wrong with it, in a line. */
  readonly says: string;
  /** Id of the law that it breaks. */
  readonly breaks: string;
  readonly kind: Kind;
  /** What it promises, wrongly. */
  readonly rules: Rules;
  readonly create: Create;
}
