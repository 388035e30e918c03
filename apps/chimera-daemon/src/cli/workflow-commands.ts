import { systemClock } from '@chimera/policy';
import type { JsonObject, WorkflowStatus } from '@chimera/workflow';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { columns, moreLine, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { duration } from './duration.ts';
import { jsonObject, readJsonObject } from './json-object.ts';
import { someText } from './some-text.ts';
import { instantArgument, startTime } from './start-time.ts';
import { wholeNumber } from './whole-number.ts';
import { workflowId } from './workflow-id.ts';
import { workflowLines, workflowRow } from './workflow-lines.ts';

const statuses: readonly WorkflowStatus[] = [
  'queued',
  'running',
  'waiting',
  'completed',
  'dead',
  'cancelled',
];

interface SubmitFlags extends ClientFlags {
  readonly input?: JsonObject;
  readonly inputFile?: string;
  readonly priority?: number;
  readonly key?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly estimate?: number;
  readonly at?: number;
  readonly in?: number;
}

interface ListFlags extends ClientFlags {
  readonly status?: WorkflowStatus;
  readonly parent?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function workflowCommands(program: Command): void {
  clientCommand(program, 'submit <definition>', 'submit a workflow')
    .option('-i, --input <json>', 'its input, a JSON object', jsonObject)
    .option('-f, --input-file <file>', 'a file with its input; - for standard input')
    .option('-p, --priority <0-10>', 'higher is more urgent; default 5', wholeNumber(0, 10))
    .option(
      '-e, --estimate <duration>',
      'how long it will keep a slot; default as before',
      duration,
    )
    .option('-l, --label <name=value>', 'a label, as limits name it; may be repeated', label)
    .option('-k, --key <key>', 'idempotency key: the same key submits once', someText(200))
    .addOption(
      new Option('--at <instant>', 'not before, such as 2026-12-24T18:00Z; local without a zone')
        .argParser(instantArgument)
        .conflicts('in'),
    )
    .option('--in <duration>', 'not before this time has passed, such as 10m', duration)
    .action(async (definition: string, flags: SubmitFlags) => {
      const runAt = startTime(flags, systemClock);
      const submitted = await clientFor(flags).submit({
        definition,
        ...(runAt === undefined ? {} : { runAt }),
        input:
          flags.inputFile === undefined ? (flags.input ?? {}) : readJsonObject(flags.inputFile),
        ...(flags.priority === undefined ? {} : { priority: flags.priority }),
        ...(flags.estimate === undefined ? {} : { estimateMs: flags.estimate }),
        ...(flags.label === undefined ? {} : { labels: flags.label }),
        ...(flags.key === undefined ? {} : { idempotencyKey: flags.key }),
      });
      if (flags.json) return printJson(submitted);
      printLines([submitted.created ? submitted.id : `${submitted.id} (submitted before)`]);
    });

  clientCommand(program, 'list', 'list workflows, newest first')
    .addOption(new Option('-s, --status <status>').choices(statuses))
    .option('--parent <id>', 'children of this workflow')
    .option('-n, --limit <n>', 'at most this many', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on after a page before')
    .action(async (flags: ListFlags) => {
      const client = clientFor(flags);
      const page = await client.list({
        limit: flags.limit,
        ...(flags.status === undefined ? {} : { status: flags.status }),
        ...(flags.parent === undefined ? {} : { parent: await workflowId(client, flags.parent) }),
        ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }),
      });
      if (flags.json) return printJson(page);
      printLines([
        ...columns([
          ['ID', 'DEFINITION', 'STATUS', 'PHASE', 'WHY'],
          ...page.items.map(workflowRow),
        ]),
        ...moreLine(page),
      ]);
    });

  clientCommand(program, 'show <id>', 'show one workflow, its attempts and why it waits').action(
    async (id: string, flags: ClientFlags) => {
      const client = clientFor(flags);
      const workflow = await client.get(await workflowId(client, id));
      if (flags.json) return printJson(workflow);
      printLines(workflowLines(workflow));
    },
  );

  clientCommand(program, 'cancel <id>', 'cancel a workflow, killing what it runs')
    .option('-r, --reason <text>', 'kept with the workflow', someText(1000))
    .action(async (id: string, flags: ClientFlags & { reason?: string }) => {
      const client = clientFor(flags);
      const workflow = await client.cancel(await workflowId(client, id), flags.reason);
      if (flags.json) return printJson(workflow);
      printLines([
        `${workflow.id} is ${workflow.status === 'running' ? 'being cancelled' : workflow.status}`,
      ]);
    });
}

function label(text: string, before: Readonly<Record<string, string>> = {}) {
  const [name = '', ...rest] = text.split('=');
  if (name === '' || rest.length === 0)
    throw new InvalidArgumentError('It must have the form name=value, such as repository=shop.');
  return { ...before, [name]: rest.join('=') };
}
