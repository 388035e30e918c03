import type { ScheduleView } from '@chimera/client';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { columns, instant, printJson, printLines } from './output.ts';
import { someText } from './some-text.ts';

export function scheduleCommands(program: Command): void {
  const schedules = program
    .command('schedules')
    .description('work that starts again and again; they are made in the settings');

  clientCommand(schedules, 'list', 'list them (the default)', { isDefault: true }).action(
    async (flags: ClientFlags) => {
      const all = await clientFor(flags).schedules();
      if (flags.json) return printJson(all);
      printLines(columns([['NAME', 'CRON', 'ZONE', 'NEXT', 'LAST', 'STATE'], ...all.map(row)]));
    },
  );

  clientCommand(schedules, 'pause <name>', 'start nothing until it is resumed').action(
    async (name: string, flags: ClientFlags) => {
      const schedule = await clientFor(flags).pauseSchedule(name);
      if (flags.json) return printJson(schedule);
      printLines([`${name} is paused; what falls due meanwhile is not caught up`]);
    },
  );

  clientCommand(schedules, 'resume <name>', 'go on').action(
    async (name: string, flags: ClientFlags) => {
      const schedule = await clientFor(flags).resumeSchedule(name);
      if (flags.json) return printJson(schedule);
      printLines([`${name} goes on; next: ${instant(schedule.nextAt)}`]);
    },
  );

  clientCommand(schedules, 'run <name>', 'start its work once, now')
    .option('-k, --key <key>', 'idempotency key: the same key starts it once', someText(64))
    .action(async (name: string, flags: ClientFlags & { key?: string }) => {
      const submitted = await clientFor(flags).runSchedule(
        name,
        flags.key === undefined ? {} : { idempotencyKey: flags.key },
      );
      if (flags.json) return printJson(submitted);
      printLines([submitted.created ? submitted.id : `${submitted.id} (started before)`]);
    });
}

function row({ cron, last, name, nextAt, timezone, ...rest }: ScheduleView): readonly string[] {
  const lastRun = last === null ? '-' : `${instant(last.instant)} ${last.workflowId}`;
  return [name, cron, timezone, instant(nextAt), lastRun, state(rest)];
}

/** `paused`, `1 active, 2 pending`, `idle` */
function state({
  active,
  isPaused,
  pending,
}: Pick<ScheduleView, 'active' | 'isPaused' | 'pending'>): string {
  const parts = [
    ...(isPaused ? ['paused'] : []),
    ...(active.length > 0 ? [`${active.length} active`] : []),
    ...(pending.length > 0 ? [`${pending.length} pending`] : []),
  ];
  return parts.length === 0 ? 'idle' : parts.join(', ');
}
