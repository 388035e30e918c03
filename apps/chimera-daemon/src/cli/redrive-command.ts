import { setTimeout } from 'node:timers/promises';
import type { ChimeraClient, DeadLetterSelection, RedriveView } from '@chimera/client';
import { type Command, InvalidArgumentError } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { duration } from './duration.ts';
import { oneLine, printJson, printLines } from './output.ts';
import { someText } from './some-text.ts';
import { wholeNumber } from './whole-number.ts';

interface RedriveFlags extends ClientFlags, DeadLetterSelection {
  readonly observe?: number;
  readonly settle?: number;
  readonly batch?: number;
  readonly tolerate?: number;
  readonly all?: true;
  readonly status?: true;
  readonly stop?: true;
}

const pollMs = 500;
const unsuccessful: ReadonlySet<RedriveView['outcome']> = new Set([
  'failures-returned',
  'stalled',
  'failed',
]);

export function redriveCommand(dlq: Command): void {
  clientCommand(dlq, 'redrive', 'run the open ones that match again: one, then ten, then the rest')
    .option('--fingerprint <fingerprint>', 'of one group; see: chimera dlq groups', someText())
    .option('--phase <name>', 'that died in this phase', someText())
    .option('--agent <name>', 'that died of this agent', someText())
    .option('--all', 'whatever they died of')
    .option('--observe <duration>', 'wait after each step for failures; default 30s', duration)
    .option(
      '--settle <duration>',
      'how long a step may then wait to run on, as for an open breaker; default 1h',
      duration,
    )
    .option(
      '--batch <n>',
      'after one and ten, so many at a time; default 100',
      wholeNumber(1, 10_000),
    )
    .option('--tolerate <n>', 'failures that may return; default 0', wholeNumber(0))
    .option('--status', 'only look at the one that is under way, or ended last')
    .option('--stop', 'end the one that is under way before its next step')
    .action(async (flags: RedriveFlags) => {
      const client = clientFor(flags);
      const begun = await begin(client, flags);
      const last =
        flags.status === true ? begun : await followed(client, begun, flags.json === true);
      if (flags.json) printJson(last);
      else printLines(lines(last));
      if (unsuccessful.has(last.outcome)) process.exitCode = 1;
    });
}

function begin(client: ChimeraClient, flags: RedriveFlags) {
  if (flags.status === true) return client.latestRedrive();
  if (flags.stop === true) return client.stopRedrive();
  const { agent, all, batch, fingerprint, observe, phase, settle, tolerate } = flags;
  const isNamed = [agent, fingerprint, phase].some((name) => name !== undefined);
  if (isNamed === (all === true))
    throw new InvalidArgumentError(
      isNamed
        ? '--all must be left out beside --fingerprint, --phase and --agent'
        : 'one of --fingerprint, --phase and --agent must say which, or --all; see: chimera dlq groups',
    );
  return client.redrive({
    agent,
    all,
    fingerprint,
    phase,
    batchSize: batch,
    observeMs: observe,
    settleWithinMs: settle,
    tolerate,
  });
}

const sentence: Readonly<Record<RedriveView['outcome'], string>> = {
  'under-way': 'the redrive is under way',
  finished: 'the redrive is done',
  'failures-returned': 'the redrive ended early, as failures returned',
  stalled: 'the redrive ended early, as workflows did not run on in time',
  aborted: 'the redrive was stopped',
  failed: 'the redrive failed',
};

/** Says what changes, at once; whoever stops looking does not stop the redrive. */
async function followed(
  client: ChimeraClient,
  begun: RedriveView,
  isSilent: boolean,
): Promise<RedriveView> {
  let said = '';
  for (let latest = begun; ; latest = await client.latestRedrive()) {
    if (latest.outcome !== 'under-way') return latest;
    const told = lines(latest);
    if (!isSilent && told.join() !== said) printLines(told);
    said = told.join();
    await setTimeout(pollMs);
  }
}

function lines(view: RedriveView): readonly string[] {
  const { error, outcome, requeued, returned, skipped, underWay } = view;
  const codes = [...new Set(skipped.map(({ code }) => code))].join(', ');
  const left = `${skipped.length} left as they are${codes === '' ? '' : ` (${codes})`}`;
  const counts = `${requeued.length} queued again, ${returned.length} came back, ${left}`;
  return [
    `${sentence[outcome]}: ${counts}${underWay.length === 0 ? '' : `; ${underWay.length} still to run on`}`,
    ...(error === null ? [] : [oneLine(error)]),
    ...(outcome === 'failures-returned' ? ['next: chimera dlq groups'] : []),
  ];
}
