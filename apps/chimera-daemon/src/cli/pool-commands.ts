import type { DrainReport, PoolState, ResumedPool } from '@chimera/client';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { duration } from './duration.ts';
import { someText } from './some-text.ts';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';

export function poolCommands(program: Command): void {
  clientCommand(program, 'pause', 'start nothing until resume; what runs goes on')
    .option('-r, --reason <text>', 'shown to whoever asks why nothing starts', someText(1000))
    .action(async (flags: ClientFlags & { reason?: string }) => {
      const state = await clientFor(flags).pause(flags.reason);
      if (flags.json) return printJson(state);
      printLines(['the pool is paused, over restarts too; go on with: chimera resume']);
    });

  clientCommand(program, 'resume', 'end a pause').action(async (flags: ClientFlags) => {
    const state = await clientFor(flags).resume();
    if (flags.json) return printJson(state);
    printLines([`the pool ${resumedWords(state)}`]);
  });

  clientCommand(program, 'drain', 'finish what runs, take nothing new, then stop the daemon')
    .option('-t, --timeout <duration>', 'what still runs then is cut; default 10m', duration)
    .action(async (flags: ClientFlags & { timeout?: number }) => {
      const report = await clientFor(flags).drain(
        flags.timeout === undefined ? {} : { timeoutMs: flags.timeout },
      );
      if (flags.json) return printJson(report);
      printLines(stopLines(report));
    });
}

function resumedWords({ state, wasPaused }: ResumedPool): string {
  const now = state === 'running' ? 'takes work' : `is ${state}`;
  return wasPaused ? now : `was not paused: it ${now}`;
}

/** What became of the phases that ran when the daemon was told to stop. */
export function stopLines({ cut, finished }: DrainReport): readonly string[] {
  const rows = cut.map(({ definition, phase, ranForMs, workflowId }) => [
    `  ${workflowId}`,
    definition,
    phase,
    `cut after ${ranForMs} ms`,
  ]);
  const again = cut.length === 0 ? '' : '; their workflows are queued again';
  return [
    `stopped: ${finished} running phases ended, ${cut.length} were cut${again}`,
    ...columns(rows),
  ];
}

/** For the status; empty while the pool takes work. */
export function pauseLine({ paused, state, stopsAt }: PoolState): string {
  if (stopsAt !== null) return `, ${state}: what still runs is cut at ${instant(stopsAt)}`;
  if (paused === null) return '';
  return `, paused since ${instant(paused.at)}${paused.reason === null ? '' : `: ${oneLine(paused.reason)}`}`;
}
