import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient } from '@chimera/client';
import { type Random, seededRandom } from '@chimera/policy';
import { DiskControl } from '@chimera/proving/crash';
import { checkEventLog, type Violation } from '@chimera/proving/history';
import { AgentJournal } from './agent-journal.ts';
import { makeCampaignFolder, phases } from './campaign-folder.ts';
import { type DaemonProcess, spawnDaemon } from './daemon-process.ts';
import { allEvents, untilAllEnded } from './event-log.ts';
import { markedProcesses } from './marked-processes.ts';
import { watchRecovery } from './recovery-watch.ts';
import { Submitter } from './submitter.ts';

export interface KillPlan {
  /** Made, and removed when all went well. */
  readonly directory: string;
  readonly kills: number;
  readonly seed: number;
  /** Of disk.c, for kills inside commits; without it all kills are at a random instant. */
  readonly library: string | undefined;
}

export interface KillReport {
  readonly kills: number;
  /** By what the process was doing to its database when the disk killed it. */
  readonly insideCommits: Readonly<Record<string, number>>;
  /** Before the daemon listened: while it opened, migrated or recovered. */
  readonly duringStart: number;
  readonly acknowledged: number;
  readonly events: number;
  readonly agentRuns: number;
  /** From the start of a process to the first phase that it ran, in ms. */
  readonly recoveriesMs: readonly number[];
  /** The part of it until the process listened, in ms. */
  readonly startsMs: readonly number[];
  readonly violations: readonly Violation[];
  /** Agents' processes that outlived their daemon. */
  readonly outlived: number;
  /** Those of them that were alive when the next daemon listened. */
  readonly orphans: number;
  /** Processes that were alive when all was over. */
  readonly leftBehind: number;
}

/** These are asked of the disk: they fall into a write or a sync of the database or its log. */
const insideCommitShare = 0.5;

/**
 * A daemon under load, killed again and again; then one that may live until all work has come to
 * an end; then the history is judged.
 */
export async function killCampaign(plan: KillPlan): Promise<KillReport> {
  const random = seededRandom(plan.seed);
  const folder = makeCampaignFolder(plan.directory);
  const control = new DiskControl(join(folder.directory, 'control'));
  const disk =
    plan.library === undefined ? undefined : { library: plan.library, control: control.path };
  const journal = new AgentJournal(folder.journal);
  const submitter = new Submitter({ lanes: 3, pauseMs: () => 20 + random() * 60 });
  const insideCommits: Record<string, number> = {};
  const recoveriesMs: number[] = [];
  const startsMs: number[] = [];
  const dead = new Set<string>();
  let duringStart = 0;
  let orphans = 0;
  let outlived = 0;

  /** Starts one, and lets the submitter know when it listens. */
  const start = () => {
    const daemon = spawnDaemon(folder, disk);
    const listening = daemon.listening.then((client) => {
      if (client === undefined) return undefined;
      startsMs.push(performance.now() - daemon.spawnedAt);
      orphans += markedProcesses(folder.database).filter(({ instance }) =>
        dead.has(instance),
      ).length;
      submitter.use(client);
      return client;
    });
    return { daemon, listening, watch: watchRecovery(daemon, journal) };
  };

  for (let kill = 0; kill < plan.kills; kill += 1) {
    const isInside = disk !== undefined && random() < insideCommitShare;
    if (isInside)
      control.set('kill', { after: Math.floor(random() ** 2 * 250), percent: random() * 100 });
    else control.set('none');
    const { daemon, listening, watch } = start();
    await killed(daemon, listening, isInside ? undefined : random);
    submitter.use(undefined);
    if ((await listening) === undefined) duringStart += 1;
    const recoveredMs = watch.stop();
    if (recoveredMs !== undefined) recoveriesMs.push(recoveredMs);
    const inside = control.takeKill();
    if (inside !== undefined) {
      const name = `${inside.operation} of the ${inside.file}`;
      insideCommits[name] = (insideCommits[name] ?? 0) + 1;
    }
    for (const { instance } of markedProcesses(folder.database)) {
      dead.add(instance);
      outlived += 1;
    }
  }

  control.set('none');
  const { daemon, listening, watch } = start();
  const client = await listening;
  if (client === undefined) throw new Error(`the daemon does not start any more: ${folder.log}`);
  await submitter.stop();
  await untilAllEnded(client);
  const events = await allEvents(client);
  watch.stop();
  await daemon.stop();
  control.close();
  journal.readOn();
  const { acknowledgements } = submitter;
  const { lines } = journal;
  const { violations } = checkEventLog({ acknowledgements, events, journal: lines, phases });
  const leftBehind = markedProcesses(folder.database).length;
  if (violations.length + orphans + leftBehind === 0) rmSync(folder.directory, { recursive: true });
  return {
    kills: plan.kills,
    insideCommits,
    duringStart,
    acknowledged: acknowledgements.length,
    events: events.length,
    agentRuns: journal.lines.filter(({ what }) => what === 'started').length,
    recoveriesMs,
    startsMs,
    violations,
    outlived,
    orphans,
    leftBehind,
  };
}

/** Kills it at a random instant of its life, one in six while it starts; or waits until the disk has. */
async function killed(
  daemon: DaemonProcess,
  listening: Promise<ChimeraClient | undefined>,
  random: Random | undefined,
): Promise<void> {
  if (random !== undefined && random() < 1 / 6) await sleep(random() * 1_000);
  else if ((await listening) !== undefined)
    await Promise.race([daemon.exited, sleep(random === undefined ? 5_000 : random() * 700)]);
  daemon.kill();
  await daemon.exited;
}
