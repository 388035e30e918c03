import type { DeadLetterView } from '@chimera/client';
import { type Command, Option } from 'commander';
import { columns, instant, moreLine, oneLine, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { wholeNumber } from './whole-number.ts';

const statuses: readonly DeadLetterView['status'][] = ['open', 'requeued', 'resolved', 'discarded'];

export function deadLetterCommands(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('the dead letter queue: work that could not be done');

  clientCommand(dlq, 'list', 'list dead letters, newest first')
    .addOption(new Option('-s, --status <status>').choices(statuses))
    .option('-n, --limit <n>', 'at most this many', wholeNumber, 50)
    .option('--cursor <cursor>', 'go on after a page before')
    .action(
      async (
        flags: ClientFlags & { status?: DeadLetterView['status']; limit: number; cursor?: string },
      ) => {
        const page = await clientFor(flags).deadLetters({
          limit: flags.limit,
          ...(flags.status === undefined ? {} : { status: flags.status }),
          ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }),
        });
        if (flags.json) return printJson(page);
        const rows = page.items.map(({ id, workflowId, status, phase, error }) => [
          id,
          workflowId,
          status,
          phase,
          oneLine(`${error.code}: ${error.message}`),
        ]);
        printLines([
          ...columns([['ID', 'WORKFLOW', 'STATUS', 'PHASE', 'ERROR'], ...rows]),
          ...moreLine(page),
        ]);
      },
    );

  clientCommand(dlq, 'show <id>', 'show one dead letter with its evidence').action(
    async (id: string, flags: ClientFlags) => {
      const letter = await clientFor(flags).deadLetter(id);
      if (flags.json) return printJson(letter);
      printLines(described(letter));
    },
  );

  clientCommand(dlq, 'requeue <id>', 'run it again, from the phase that failed')
    .option('--phase <name>', 'or from this phase')
    .action(async (id: string, flags: ClientFlags & { phase?: string }) => {
      const workflow = await clientFor(flags).requeue(
        id,
        flags.phase === undefined ? {} : { phase: flags.phase },
      );
      if (flags.json) return printJson(workflow);
      printLines([`${workflow.id} is queued again at ${workflow.phase}`]);
    });

  clientCommand(dlq, 'resolve <id>', 'close it with a note, without running it again')
    .requiredOption('-n, --note <text>', 'what was done about it')
    .action(async (id: string, flags: ClientFlags & { note: string }) => {
      const letter = await clientFor(flags).resolve(id, flags.note);
      if (flags.json) return printJson(letter);
      printLines([`${letter.id} is ${letter.status}`]);
    });
}

function described(letter: DeadLetterView): readonly string[] {
  const { error } = letter;
  return [
    ...columns([
      ['id', letter.id],
      ['workflow', letter.workflowId],
      ['status', letter.status],
      ['phase', letter.phase],
      ['agent', letter.agent ?? '-'],
      ['failed', instant(letter.failedAt)],
      ['retries', String(letter.retryCount)],
      ['error', oneLine(`${error.code}: ${error.message}`)],
      ...(letter.resolution === null ? [] : [['resolution', oneLine(letter.resolution)]]),
    ]),
    ...(error.details === undefined ? [] : ['evidence', JSON.stringify(error.details, null, 2)]),
    ...(letter.status === 'open'
      ? [
          `next: chimera dlq requeue ${letter.id}   or   chimera dlq resolve ${letter.id} --note "…"`,
        ]
      : []),
  ];
}
