import { ConfigError, type ConfigIssue } from '../config/config-error.ts';
import type { ScheduleConfig } from '../config/schedule-section.ts';
import { ApiError } from '../http/api-error.ts';
import { definitionFor, type Submittable } from '../submittable.ts';
import { cronRecurrence } from './recurrence.ts';
import type { Schedule } from './schedule.ts';

/** @throws ConfigError for work that could not be submitted; `source` is where the settings are. */
export function schedulesFrom(
  sections: Readonly<Record<string, ScheduleConfig>>,
  submittable: Submittable,
  source: string,
): readonly Schedule[] {
  const issues: ConfigIssue[] = [];
  const schedules = Object.entries(sections).flatMap(([name, section]) => {
    const { catchUp, cron, estimate, input, jitter, overlap, priority, timezone } = section;
    try {
      const definition = definitionFor(section.definition, input, submittable);
      const work = {
        definition,
        input,
        priority,
        ...(estimate === undefined ? {} : { estimateMs: estimate }),
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
  if (issues.length > 0) throw new ConfigError(source, issues);
  return schedules;
}
