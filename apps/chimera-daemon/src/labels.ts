import { z } from 'zod';
import { labelForm, labelPair } from './label-pair.ts';

/** Of one workflow. */
const mostLabels = 16;

export const labelName = z
  .string()
  .max(63, 'must have at most 63 characters')
  .regex(
    /^[a-z][a-z0-9_.-]*$/,
    'must be named with lower-case letters, digits, ".", "_" and "-", a letter first',
  )
  .refine((name) => name !== 'traceparent', 'must not be traceparent, which is a header');

const labelValue = z
  .string()
  .regex(/^\P{Cc}{1,200}$/u, 'must have 1 to 200 characters, and no control characters');

/** What work is labelled with: limits are told by it. No label of a metric is ever made of it. */
export const labelsSchema = z
  .record(z.string(), labelValue)
  .superRefine((labels, context) => {
    for (const name of Object.keys(labels))
      for (const { message } of labelName.safeParse(name).error?.issues ?? [])
        context.addIssue({ code: 'custom', path: [name], message });
  })
  .refine((labels) => Object.keys(labels).length <= mostLabels, `must be at most ${mostLabels}`);

/** Labels that somebody asks for: `name=value`, one or several. */
export const labelFilter = z
  .union([z.string(), z.array(z.string())], { error: labelForm })
  .transform((given, context) => {
    const pairs = [given].flat().map(labelPair);
    const asked = pairs.filter((pair) => pair !== undefined);
    if (asked.length < pairs.length) context.addIssue({ code: 'custom', message: labelForm });
    const labels = Object.fromEntries(asked);
    if (asked.length > Object.keys(labels).length)
      context.addIssue({
        code: 'custom',
        message: 'must not name a label twice: it has one value',
      });
    return labels;
  });

/** As whoever submitted gave them: without what the daemon keeps beside them. */
export function givenLabels(
  labels: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const { traceparent: _header, ...given } = labels ?? {};
  return given;
}
