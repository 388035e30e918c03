import { systemClock } from '@chimera/policy';
import type {
  ChimeraClient,
  Page,
  PageRequest,
  WorkflowFilter,
  WorkflowSummary,
} from '@chimera/client';
import type { JsonObject, WorkflowStatus } from '@chimera/workflow';
import { type Command, Option } from 'commander';
import { columns, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { defined } from '../defined.ts';
import { duration } from './duration.ts';
import { jsonObject, readJsonObject } from './json-object.ts';
import { label, type Labels } from './label.ts';
import { nextPageLine } from './next-page.ts';
import { ofTypedCursor } from './of-typed-cursor.ts';
import { someText } from './some-text.ts';
import { instantArgument, startTime } from './start-time.ts';
import { wholeNumber } from './whole-number.ts';
import { workflowId } from './workflow-id.ts';
import { workflowRow } from './workflow-row.ts';

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
  readonly label?: Labels;
  readonly estimate?: number;
  readonly at?: number;
  readonly in?: number;
}

interface ListFlags extends ClientFlags {
  readonly status?: WorkflowStatus;
  readonly definition?: string;
  readonly label?: Labels;
  readonly parent?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function workflowCommands(program: Command): void {
  clientCommand(program, 'submit <definition>', 'submit a workflow')
    .addOption(
      new Option('-i, --input <json>', 'its input, a JSON object; default {}')
        .argParser(jsonObject)
        .conflicts('inputFile'),
    )
    .option('-f, --input-file <file>', 'a file with its input; - for standard input')
    .option('-p, --priority <0-10>', 'higher is more urgent; default 5', wholeNumber(0, 10))
    .option(
      '-e, --estimate <duration>',
      'how long it will keep a slot; default as before',
      duration,
    )
    .option(
      '-l, --label <name=value>',
      'a label, as limits name it (their rate counts starts of phases); may be repeated',
      label,
    )
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
    .option('-d, --definition <name>', 'of this definition', someText(200))
    .option('-l, --label <name=value>', 'with this label; may be repeated', label)
    .option('--parent <id>', 'children of this workflow')
    .option('-n, --limit <n>', 'at most this many', wholeNumber(1, 500), 50)
    .option('--cursor <cursor>', 'go on after a page before')
    .action(async (flags: ListFlags) => {
      const client = clientFor(flags);
      const { cursor, definition, label: labels, limit, parent, status } = flags;
      const filter = defined({
        limit,
        status,
        definition,
        labels,
        parent: parent === undefined ? undefined : await workflowId(client, parent),
        cursor,
      });
      const page = await ofTypedCursor(listed(client, filter));
      if (flags.json) return printJson(page);
      printLines([
        ...columns([
          ['ID', 'DEFINITION', 'STATUS', 'AGE', 'PHASE', 'WHY'],
          ...page.items.map((item) => workflowRow(item, systemClock.now())),
        ]),
        ...nextPageLine(page),
      ]);
    });

  clientCommand(program, 'show <id>', 'show one workflow, its attempts and why it waits').action(
    async (id: string, flags: ClientFlags) => {
      const client = clientFor(flags);
      const workflow = await client.get(await workflowId(client, id));
      if (flags.json) return printJson(workflow);
      // Loaded here alone: what reads a list does not wait for what lays out YAML.
      const { workflowLines } = await import('./workflow-lines.ts');
      printLines(workflowLines(workflow, systemClock.now()));
    },
  );

  clientCommand(program, 'cancel <id>', 'cancel a workflow, killing what it runs')
    .option('-r, --reason <text>', 'kept with the workflow', someText(1000))
    .action(async (id: string, flags: ClientFlags & { reason?: string }) => {
      const client = clientFor(flags);
      const workflow = await client.cancel(await workflowId(client, id), flags.reason);
      if (flags.json) return printJson(workflow);
      printLines([`${workflow.id} ${cancelWords(workflow)}`]);
    });
}

/** By label, an answer may be short though there are more. */
async function listed(
  client: ChimeraClient,
  filter: PageRequest & WorkflowFilter & { readonly limit: number },
): Promise<Page<WorkflowSummary>> {
  const items: WorkflowSummary[] = [];
  for (let from: { readonly cursor?: string } = {}; ;) {
    const page = await client.list({ ...filter, ...from, limit: filter.limit - items.length });
    items.push(...page.items);
    if (page.nextCursor === null || items.length >= filter.limit) return { ...page, items };
    from = { cursor: page.nextCursor };
  }
}

function cancelWords({ status }: WorkflowSummary): string {
  if (status === 'completed' || status === 'dead')
    return `is ${status}: it had ended before, and nothing was cancelled`;
  return `is ${status === 'running' ? 'being cancelled' : status}`;
}
