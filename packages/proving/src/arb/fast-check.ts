import type { Arbitrary, integer, noBias } from 'fast-check';
import type {
  array,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  option,
  record,
} from 'fast-check';

/** The user's own copy of fast-check, 3.23 or 4: it is handed over, so there is never a second one. */
export interface FastCheck {
  readonly array: typeof array;
  readonly boolean: typeof boolean;
  readonly constant: typeof constant;
  readonly constantFrom: typeof constantFrom;
  readonly integer: typeof integer;
  readonly nat: typeof nat;
  readonly noBias: typeof noBias;
  readonly oneof: typeof oneof;
  readonly option: typeof option;
  readonly record: typeof record;
}

export type { Arbitrary };
