import type { DeadLetterSelection, DeadLetterView } from '@chimera/client';
import type { Json } from '@chimera/workflow';
import { type Command, Option } from 'commander';
import { columns, instant, moreLine, oneLine, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { redriveCommand } from './redrive-command.ts';
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
    .option('--fingerprint <fingerprint>', 'of one group; see: chimera dlq groups')
    .option('--phase <name>', 'that died in this phase')
    .option('--agent <name>', 'that died of this agent')
    .action(
      async (
        flags: ClientFlags &
          DeadLetterSelection & {
            status?: DeadLetterView['status'];
            limit: number;
            cursor?: string;
          },
      ) => {
        const { json, url: _, ...filter } = flags;
        const page = await clientFor(flags).deadLetters(filter);
        if (json) return printJson(page);
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

  clientCommand(dlq, 'groups', 'list open dead letters by cause, the largest group first').action(
    async (flags: ClientFlags) => {
      const groups = await clientFor(flags).deadLetterGroups();
      if (flags.json) return printJson(groups);
      const rows = groups.map(({ count, example, fingerprint, lastFailedAt }) => [
        fingerprint,
        String(count),
        instant(lastFailedAt),
        example.phase,
        example.id,
        oneLine(example.error),
      ]);
      printLines(
        columns([['FINGERPRINT', 'OPEN', 'NEWEST', 'PHASE', 'EXAMPLE', 'ERROR'], ...rows]),
      );
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

  redriveCommand(dlq);

  clientCommand(dlq, 'discard <id>', 'close it: nobody needs the work any more')
    .requiredOption('-r, --reason <text>', 'why')
    .action(async (id: string, flags: ClientFlags & { reason: string }) => {
      const letter = await clientFor(flags).discard(id, flags.reason);
      if (flags.json) return printJson(letter);
      printLines([`${letter.id} is ${letter.status}`]);
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
    ...(error.details === undefined ? [] : ['evidence', ...evidence(error.details)]),
    ...(letter.status === 'open'
      ? [
          `next: chimera dlq requeue ${letter.id}   or   chimera dlq resolve ${letter.id} --note "…"`,
        ]
      : []),
  ];
}

/** What was printed is shown line by line, free of what would move the cursor. */
function evidence(details: Json): readonly string[] {
  const entries = Object.entries(typeof details === 'object' ? (details ?? {}) : { details });
  return entries.flatMap(([name, value]) =>
    typeof value === 'string' && value.includes('\n')
      ? [
          `  ${name}:`,
          ...value
            .trimEnd()
            .split('\n')
            .map((line) => `    ${oneLine(line)}`),
        ]
      : [`  ${name}: ${oneLine(JSON.stringify(value))}`],
  );
}
