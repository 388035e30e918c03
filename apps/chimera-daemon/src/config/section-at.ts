import type { z } from 'zod';
import { isTree, valueAt } from './layer.ts';

/** What there is of it, whatever schema it is. */
export interface SchemaDef {
  readonly type: string;
  readonly innerType?: z.ZodType;
  /** Of a section. */
  readonly shape?: Shape;
  /** Of settings by names that are not fixed. */
  readonly valueType?: z.ZodType;
  /** Of a list. */
  readonly element?: z.ZodType;
  /** Of one of several. */
  readonly options?: readonly z.ZodType[];
  /** Of what is always the same. */
  readonly values?: readonly unknown[];
}

/** Settings by name. */
type Shape = Readonly<Record<string, z.ZodType>>;

/** The settings of a section by name; undefined for a schema that is none. */
export function sectionShape(schema: z.ZodType): Shape | undefined {
  const { innerType, shape } = schema.def as SchemaDef;
  return shape ?? (innerType && sectionShape(innerType));
}

/**
 * The settings of the section at a path, however deep: in sections by name, in lists, and in one of
 * several forms, which what `value` has there says. Undefined where there is no section.
 */
export function sectionAt(
  schema: z.ZodType,
  path: readonly string[],
  value: unknown,
): Shape | undefined {
  const { element, innerType, options, shape, valueType } = schema.def as SchemaDef;
  if (innerType !== undefined) return sectionAt(innerType, path, value);
  if (options !== undefined) {
    const form = options.find((option) => isOfForm(option, value));
    return form && sectionAt(form, path, value);
  }
  const [name, ...rest] = path;
  if (name === undefined) return shape;
  const named = shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : undefined;
  const below = named ?? valueType ?? element;
  return below && sectionAt(below, rest, valueAt(value, [name]));
}

/** Whether it is a section whose fixed settings are these. */
function isOfForm(schema: z.ZodType, value: unknown): boolean {
  const shape = sectionShape(schema);
  if (shape === undefined || !isTree(value)) return false;
  return Object.entries(shape).every(([name, setting]) => {
    const { values } = setting.def as SchemaDef;
    return values === undefined || values.includes(value[name]);
  });
}
