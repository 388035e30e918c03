import {
  type ChimeraClient,
  type DeadLetterSelection,
  deadLetterStatuses,
  type DeadLetterView,
} from '@chimera/client';
import type { JsonObject } from '@chimera/workflow';
import { type Command, Option } from 'commander';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { defined } from '../defined.ts';
import { fullId } from './full-id.ts';
import { jsonObject, readJsonObject } from './json-object.ts';
import { nextPageLine } from './next-page.ts';
import { ofTypedCursor } from './of-typed-cursor.ts';
import { parentEnded, parentIn, parentStanding } from './parent-standing.ts';
import { redriveCommand } from './redrive-command.ts';
import { someText } from './some-text.ts';
import { wholeNumber } from './whole-number.ts';

export function deadLetterCommands(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('the dead letter queue: work that could not be done');

  clientCommand(dlq, 'list', 'list dead letters, newest first')
    .addOption(new Option('-s, --status <status>').choices(deadLetterStatuses))
    .option('-n, --limit <n>', 'at most this many', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on after a page before')
    .option('--fingerprint <fingerprint>', 'of one group; see: chimera dlq groups', someText())
    .option('--phase <name>', 'that died in this phase', someText())
    .option('--agent <name>', 'that died of this agent', someText())
    .option('--workflow <id>', 'of this workflow', someText())
    .action(
      async (
        flags: ClientFlags &
          DeadLetterSelection & {
            status?: DeadLetterView['status'];
            workflow?: string;
            limit: number;
            cursor?: string;
          },
      ) => {
        const { json, requestTimeout: _timeout, url: _url, ...filter } = flags;
        const page = await ofTypedCursor(clientFor(flags).deadLetters(filter));
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
          ...nextPageLine(page),
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
      const client = clientFor(flags);
      const letter = await client.deadLetter(await deadLetterId(client, id));
      if (flags.json) return printJson(letter);
      const { deadLetterLines } = await import('./dead-letter-lines.ts');
      const parent = parentIn(letter.workflowState);
      printLines(deadLetterLines(letter, parent && (await parentStanding(client, parent))));
    },
  );

  clientCommand(dlq, 'requeue <id>', 'run it again, from the phase that failed')
    .option('--phase <name>', 'or from this phase', someText())
    .addOption(
      new Option('-i, --input <json>', 'with this input instead of the one it died with')
        .argParser(jsonObject)
        .conflicts('inputFile'),
    )
    .option('-f, --input-file <file>', 'or with the input in this file; - for standard input')
    .option('--by <name>', 'who asks; kept with the dead letter', someText(200))
    .action(async (id: string, flags: RequeueFlags) => {
      const client = clientFor(flags);
      const { by, phase } = flags;
      const input = flags.inputFile === undefined ? flags.input : readJsonObject(flags.inputFile);
      const workflow = await client.requeue(
        await deadLetterId(client, id),
        defined({ by, input, phase }),
      );
      if (flags.json) return printJson(workflow);
      const { parent } = workflow;
      const ended = parent === null ? undefined : parentEnded(await parentStanding(client, parent));
      printLines([
        `${workflow.id} is queued again at ${workflow.phase}`,
        ...(ended === undefined ? [] : [ended]),
      ]);
    });

  redriveCommand(dlq);

  clientCommand(dlq, 'investigate <id>', 'note what was found out; it stays open')
    .requiredOption('-n, --note <text>', 'what was found out', someText(4000))
    .option('--by <name>', 'who says so', someText(200))
    .action((id: string, flags: ClosingFlags & { note: string }) =>
      closing(id, flags, (client, full) => client.investigate(full, flags.note, flags.by)),
    );

  clientCommand(dlq, 'discard <id>', 'close it: nobody needs the work any more')
    .requiredOption('-r, --reason <text>', 'why', someText(4000))
    .option('--by <name>', 'who says so', someText(200))
    .action((id: string, flags: ClosingFlags & { reason: string }) =>
      closing(id, flags, (client, full) => client.discard(full, flags.reason, flags.by)),
    );

  clientCommand(dlq, 'resolve <id>', 'close it with a note, without running it again')
    .requiredOption('-n, --note <text>', 'what was done about it', someText(4000))
    .option('--by <name>', 'who says so', someText(200))
    .action((id: string, flags: ClosingFlags & { note: string }) =>
      closing(id, flags, (client, full) => client.resolve(full, flags.note, flags.by)),
    );
}

interface ClosingFlags extends ClientFlags {
  readonly by?: string;
}

interface RequeueFlags extends ClosingFlags {
  readonly phase?: string;
  readonly input?: JsonObject;
  readonly inputFile?: string;
}

async function closing(
  id: string,
  flags: ClosingFlags,
  close: (client: ChimeraClient, id: string) => Promise<DeadLetterView>,
): Promise<void> {
  const client = clientFor(flags);
  const letter = await close(client, await deadLetterId(client, id));
  if (flags.json) return printJson(letter);
  printLines([
    `${letter.id} is ${letter.status}${letter.status === 'open' ? '; the note is kept' : ''}`,
  ]);
}

function deadLetterId(client: ChimeraClient, given: string): Promise<string> {
  return fullId(given, async (filter) => {
    const { items } = await client.deadLetters(filter);
    return items.map(({ error, id, phase, status }) => [id, status, phase, oneLine(error.code)]);
  });
}
