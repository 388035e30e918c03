import { z } from 'zod';
import { type SchemaDef, sectionAt } from './config/section-at.ts';

/** Both of its ends are allowed. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
}

/** Of the number at that path of what `value` is; undefined where there is none, or no end of one side. */
export function numberRangeAt(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  value: unknown,
): NumberRange | undefined {
  const above = path.slice(0, -1).map(String);
  const at = sectionAt(schema, above, value)?.[String(path.at(-1))];
  const number = at && numberIn(at);
  if (number === undefined) return undefined;
  const { maxValue: most, minValue: least } = number;
  // A whole number has ends of its own: those up to which it can be told from the next one.
  if (least === null || !(least > Number.MIN_SAFE_INTEGER)) return undefined;
  if (most === null || !(most < Number.MAX_SAFE_INTEGER)) return undefined;
  return { least, most };
}

function numberIn(schema: z.ZodType): z.ZodNumber | undefined {
  if (schema instanceof z.ZodNumber) return schema;
  const { innerType, options = [] } = schema.def as SchemaDef;
  if (innerType !== undefined) return numberIn(innerType);
  return options.find((option): option is z.ZodNumber => option instanceof z.ZodNumber);
}
