import { Cron } from 'croner';
import type { Recurrence } from './decide.ts';

/**
 * The instants of a cron expression (five fields, or six with seconds first) in a time zone, to the
 * second. Changes of the clock are met as by Vixie's cron: a time that names its seconds, minutes
 * and hours starts once a day, at its first occurrence when the hour is repeated and at the end of
 * the gap when the hour is left out; one with `*` or a step in these goes on in steady intervals.
 *
 * @throws RangeError or TypeError, in croner's words, for an expression or a zone that is none
 */
export function cronRecurrence(expression: string, timezone: string): Recurrence {
  const cron = new Cron(expression, {
    timezone,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    // Only asked for instants; it sets no timer of its own.
    paused: true,
  });
  const next = (after: number) => cron.nextRun(new Date(after))?.getTime();
  // An unknown zone is noticed when it is used.
  next(0);
  return {
    next,
    newest: (upTo, limit) =>
      cron
        // It gives those before its reference, newest first.
        .previousRuns(limit, new Date(Math.floor(upTo) + 1))
        .map((instant) => instant.getTime())
        .toReversed(),
  };
}
