import { readFileSync } from 'node:fs';
import type {
  AgentStatus,
  DaemonStatus,
  LimitView,
  WorkflowDetail,
  WorkflowSummary,
} from '@chimera/client';
import { systemClock } from '@chimera/policy';
import type { JsonObject, WorkflowStatus } from '@chimera/workflow';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { columns, instant, moreLine, oneLine, printJson, printLines } from './output.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { duration } from './duration.ts';
import { pauseLine } from './pool-commands.ts';
import { instantArgument, startTime } from './start-time.ts';
import { wholeNumber } from './whole-number.ts';

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
    .option('-p, --priority <0-10>', 'higher is more urgent; default 5', wholeNumber)
    .option(
      '-e, --estimate <duration>',
      'how long it will keep a slot; default as before',
      duration,
    )
    .option('-l, --label <name=value>', 'a label, as limits name it; may be repeated', label)
    .option('-k, --key <key>', 'idempotency key: the same key submits once')
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
        input: flags.inputFile === undefined ? (flags.input ?? {}) : readInput(flags.inputFile),
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
    .option('-n, --limit <n>', 'at most this many', wholeNumber, 50)
    .option('--cursor <cursor>', 'go on after a page before')
    .action(async (flags: ListFlags) => {
      const page = await clientFor(flags).list({
        limit: flags.limit,
        ...(flags.status === undefined ? {} : { status: flags.status }),
        ...(flags.parent === undefined ? {} : { parent: flags.parent }),
        ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }),
      });
      if (flags.json) return printJson(page);
      printLines([
        ...columns([['ID', 'DEFINITION', 'STATUS', 'PHASE', 'WHY'], ...page.items.map(row)]),
        ...moreLine(page),
      ]);
    });

  clientCommand(program, 'show <id>', 'show one workflow, its attempts and why it waits').action(
    async (id: string, flags: ClientFlags) => {
      const workflow = await clientFor(flags).get(id);
      if (flags.json) return printJson(workflow);
      printLines(described(workflow));
    },
  );

  clientCommand(program, 'cancel <id>', 'cancel a workflow, killing what it runs')
    .option('-r, --reason <text>')
    .action(async (id: string, flags: ClientFlags & { reason?: string }) => {
      const workflow = await clientFor(flags).cancel(id, flags.reason);
      if (flags.json) return printJson(workflow);
      printLines([
        `${workflow.id} is ${workflow.status === 'running' ? 'being cancelled' : workflow.status}`,
      ]);
    });

  clientCommand(program, 'status', 'show pool, agents, breakers and counts').action(
    async (flags: ClientFlags) => {
      const status = await clientFor(flags).status();
      if (flags.json) return printJson(status);
      printLines(statusLines(status));
    },
  );
}

function jsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON, such as {"repository":"/src/app"}.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object.');
  }
  return value as JsonObject;
}

function label(text: string, before: Readonly<Record<string, string>> = {}) {
  const [name = '', ...rest] = text.split('=');
  if (name === '' || rest.length === 0)
    throw new InvalidArgumentError('It must have the form name=value, such as repository=shop.');
  return { ...before, [name]: rest.join('=') };
}

function readInput(file: string): JsonObject {
  return jsonObject(readFileSync(file === '-' ? 0 : file, 'utf8'));
}

function row(workflow: WorkflowSummary): readonly string[] {
  const { id, definition, status, phase, why } = workflow;
  return [id, definition, status, phase, oneLine(why ?? '')];
}

function described(workflow: WorkflowDetail): readonly string[] {
  const labels = Object.entries(workflow.labels).map(([name, value]) =>
    oneLine(`${name}=${value}`),
  );
  const runs = workflow.phaseRuns.map((run) => [
    `  ${run.phase}`,
    `visit ${run.visit}`,
    `attempt ${run.attempt}`,
    run.agent,
    run.outcome ?? 'running',
    run.endedAt === null ? '' : `${run.endedAt - run.startedAt} ms`,
  ]);
  return [
    ...columns([
      ['id', workflow.id],
      ['definition', workflow.definition],
      ['status', workflow.status],
      ['phase', workflow.phase],
      ['priority', String(workflow.priority)],
      ['estimate', workflow.estimateMs === null ? 'unknown' : `${workflow.estimateMs} ms`],
      ['submitted', instant(workflow.createdAt)],
      ...(workflow.deadline === null ? [] : [['deadline', instant(workflow.deadline)]]),
      ['ended', instant(workflow.finishedAt)],
      ...(workflow.why === null ? [] : [['why', oneLine(workflow.why)]]),
      ...(labels.length === 0 ? [] : [['labels', labels.join(', ')]]),
      ['input', JSON.stringify(workflow.input)],
      ['retries', String(workflow.retries)],
      ...(workflow.parent === null
        ? []
        : [['parent', `${workflow.parent.id}, child ${workflow.parent.index}`]]),
    ]),
    ...(runs.length === 0 ? [] : ['attempts', ...columns(runs)]),
    ...(workflow.children.length === 0
      ? []
      : [
          `children, newest first; all: chimera list --parent ${workflow.id}`,
          ...columns(workflow.children.map((child) => ['  ' + child.id, ...row(child).slice(1)])),
        ]),
    ...workflow.feedback.map(
      ({ fromPhase, reason }) => `sent back by ${fromPhase}: ${oneLine(reason)}`,
    ),
    ...(workflow.status === 'dead' ? [`next: chimera dlq list`] : []),
  ];
}

function autoscalerLine({ lastDecision }: DaemonStatus['autoscaler']): string {
  if (lastDecision === null) return 'has not resized yet';
  const { at, from, reason, to } = lastDecision;
  return `${from} → ${to} at ${instant(at)}: ${oneLine(reason)}`;
}

function modeLine({
  cpu,
  memory,
  mode,
  priorityFloor,
  ...why
}: DaemonStatus['degradation']): string {
  const cause = why.reason === null ? '' : ` since ${instant(why.since)}: ${oneLine(why.reason)}`;
  const floor = priorityFloor > 0 ? `only priority ${priorityFloor} and up, ` : '';
  return `${mode}${cause} (${floor}memory ${percent(memory)}, cpu ${percent(cpu)})`;
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${Math.round(share * 100)} %`;
}

function agentLine({ breaker, rateLimitedUntil, retryAfterMs }: AgentStatus): string {
  const probes = retryAfterMs > 0 ? `; probes in ${Math.ceil(retryAfterMs)} ms` : '';
  const limited =
    rateLimitedUntil === null ? '' : `; rate limited until ${instant(rateLimitedUntil)}`;
  return `${breaker}${probes}${limited}`;
}

function limitLine({ concurrency, key, nextStartAt, running }: LimitView): string {
  const what =
    nextStartAt === null
      ? `${running} of ${concurrency} running`
      : `its rate lets the next start at ${instant(nextStartAt)}`;
  return `${oneLine(key)} holds work back: ${what}`;
}

function statusLines(status: DaemonStatus): readonly string[] {
  const { agents, autoscaler, deadLetters, degradation, limits, pool, workflows } = status;
  return columns([
    ['node', `${status.node} (pid ${status.pid}, ${status.state}, version ${status.version})`],
    [
      'pool',
      `${pool.running} of ${pool.target} slots run (baseline ${pool.size})${pauseLine(status)}`,
    ],
    ['autoscaler', autoscalerLine(autoscaler)],
    ['mode', modeLine(degradation)],
    [
      'workflows',
      Object.entries(workflows)
        .map(([name, count]) => `${count} ${name}`)
        .join(', '),
    ],
    ['dead letters', `${deadLetters.open} open`],
    ...limits.map((limit) => ['limit', limitLine(limit)]),
    ...agents.map((agent) => [`agent ${agent.name}`, agentLine(agent)]),
  ]);
}
