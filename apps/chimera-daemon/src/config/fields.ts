import { parseDuration } from '@chimera/policy';
import { z } from 'zod';

const durationRule = "must be a duration (ms, or '500ms', '2s', '5m', '1h')";

/** A duration in the file, whole ms in the program. */
export const duration = z
  .union([z.number(), z.string()], { error: durationRule })
  .transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === undefined) context.addIssue({ code: 'custom', message: durationRule });
    // 1.1 hours are 3960000.0000000005 ms.
    return Math.round(ms ?? 0);
  });

/** A duration of at least so many ms, which are `words`. */
export const durationFrom = (leastMs: number, words: string): typeof duration =>
  duration.refine((ms) => ms >= leastMs, `must be at least ${words}`);

export const ratio = z.number().min(0).max(1);
export const count = z.number().int();
/** Strict: a misspelt key is an error, not a setting that silently does nothing. */
export const section = z.strictObject;
