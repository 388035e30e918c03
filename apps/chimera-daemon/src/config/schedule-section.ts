import { z } from 'zod';
import { cronRecurrence } from '../schedules/recurrence.ts';
import { labelsSchema } from '../labels.ts';
import { count, duration, section } from './fields.ts';

const catchUpRule = 'must be none, last, or { all: n } with n from 1 to 1000';

export const scheduleSection = section({
  /** Five fields, or six with seconds first. */
  cron: z.string().superRefine((cron, context) => {
    const message = cronRule(cron);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  }),
  /** An IANA name. */
  timezone: z
    .string()
    .refine(isTimezone, 'must be the name of a time zone, such as Europe/Berlin')
    .default('UTC'),
  definition: z.string().min(1),
  input: z.record(z.string(), z.json()).default({}),
  priority: count.min(0).max(10).default(5),
  labels: labelsSchema.optional(),
  /** How long it will keep a slot; default as those of its definition did before. */
  estimate: duration.optional(),
  /** What happens at an instant while what was started before has not ended. */
  overlap: z.enum(['skip', 'queue', 'cancel-previous']).default('skip'),
  /** What becomes of instants that passed while the daemon was down or asleep. */
  catchUp: z
    .union([z.enum(['none', 'last']), section({ all: count.min(1).max(1000) })], {
      error: catchUpRule,
    })
    .default('last'),
  /** Starts are delayed by up to this. */
  jitter: duration.prefault(0),
}).superRefine(({ catchUp, overlap }, context) => {
  if (typeof catchUp === 'string' || overlap === 'queue') return;
  const message = 'must be none or last unless overlap is queue: of several, one could start';
  context.addIssue({ code: 'custom', path: ['catchUp'], message });
});

export type ScheduleConfig = z.output<typeof scheduleSection>;

/** What is wrong with it; undefined when nothing is. The time zone changes nothing about that. */
function cronRule(cron: string): string | undefined {
  try {
    if (cronRecurrence(cron, 'UTC').next(0) === undefined) return 'must come to pass some time';
    return undefined;
  } catch (error) {
    const [, reason] = /^\w+: (.*)$/s.exec(error instanceof Error ? error.message : '') ?? [];
    return `must be a cron expression (${reason ?? String(error)})`;
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
