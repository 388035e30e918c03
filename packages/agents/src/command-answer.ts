import { isTooDeep, type Json, maxLevels } from '@chimera/workflow';
import { z } from 'zod';
import { boundedCode, boundedMessage } from './failure-from.ts';

const json = z.custom<Json>((value) => value !== undefined);

const answerForm = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), output: json.default(null) }),
  z.object({
    status: z.literal('rejected'),
    reason: z.string().default('no reason given'),
    output: json.default(null),
  }),
  z.object({
    status: z.literal('failed'),
    error: z
      .object({
        code: z.string().min(1).overwrite(boundedCode).optional(),
        message: z.string().overwrite(boundedMessage),
      })
      .optional(),
    reason: z.string().overwrite(boundedMessage).optional(),
    retryable: z.boolean().default(true),
    retryAfterMs: z.number().min(0).exactOptional(),
  }),
]);

/** What a command says about its work, on stdout. Unknown keys are dropped. */
export type CommandAnswer = z.infer<typeof answerForm>;

export type ParsedAnswer =
  | { readonly answer: CommandAnswer }
  /** What is wrong with it. */
  | { readonly invalid: string };

/** The answer is the whole of stdout when that is JSON, and else its last line that is not empty. */
export function parseAnswer(stdout: string): ParsedAnswer {
  const whole = stdout.trim();
  if (whole === '') return { invalid: 'it is empty' };
  const parsed = parseJson(whole) ?? parseJson(whole.slice(whole.lastIndexOf('\n') + 1));
  if (parsed === undefined) {
    return { invalid: 'neither the whole output nor its last line is JSON' };
  }
  if (isTooDeep(parsed.value)) return { invalid: `it is more than ${maxLevels} levels deep` };
  const checked = answerForm.safeParse(parsed.value);
  return checked.success
    ? { answer: checked.data }
    : { invalid: z.prettifyError(checked.error).replaceAll(/\s*\n\s*/g, ' ') };
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
