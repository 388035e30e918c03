/** An implementation of a contract of `@chimera/proving/conformance`, with one known mistake. */
export interface ContractMutant<Subject> {
  /** Such as `dead-letters/unlocked`. */
  readonly name: string;
  /** What is wrong with it, in a line. */
  readonly says: string;
  /** Id of the law that it breaks. */
  readonly breaks: string;
  readonly create: () => Subject;
}
