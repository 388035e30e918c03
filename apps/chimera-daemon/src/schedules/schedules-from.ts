import type { ConfigIssue } from '../config/config-error.ts';
import type { ScheduleConfig } from '../config/schedule-section.ts';
import { ApiError } from '../http/api-error.ts';
import { definitionFor, type Submittable } from '../submittable.ts';
import { cronRecurrence } from './recurrence.ts';
import type { Schedule } from './schedule.ts';

/** The schedules that the settings ask for, and an issue for each whose work could not be submitted. */
export function schedulesFrom(
  sections: Readonly<Record<string, ScheduleConfig>>,
  submittable: Submittable,
): { readonly schedules: readonly Schedule[]; readonly issues: readonly ConfigIssue[] } {
  const issues: ConfigIssue[] = [];
  const schedules = Object.entries(sections).flatMap(([name, section]) => {
    const { catchUp, cron, estimate, input, jitter, labels, overlap, priority, timezone } = section;
    try {
      const definition = definitionFor(section.definition, input, submittable);
      const work = {
        definition,
        input,
        priority,
        ...(estimate === undefined ? {} : { estimateMs: estimate }),
        ...(labels === undefined ? {} : { labels }),
      };
      return [
        {
          name,
          cron,
          timezone,
          recurrence: cronRecurrence(cron, timezone),
          overlap,
          catchUp: typeof catchUp === 'string' ? catchUp : catchUp.all,
          jitterMs: jitter,
          work,
        },
      ];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const rule = `cannot be started: ${error.message}`;
      issues.push({ path: `schedules.${name}`, rule, value: undefined });
      return [];
    }
  });
  return { schedules, issues };
}
