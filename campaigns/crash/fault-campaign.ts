import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskControl, type Fault } from '@chimera/proving/crash';
import { checkEventLog } from '@chimera/proving/history';
import { AgentJournal } from './agent-journal.ts';
import { makeCampaignFolder, phases } from './campaign-folder.ts';
import { spawnDaemon } from './daemon-process.ts';
import { allEvents, untilAllEnded } from './event-log.ts';
import { markedProcesses } from './marked-processes.ts';
import { Submitter } from './submitter.ts';

export interface FaultPlan {
  /** Made, and removed when all went well. */
  readonly directory: string;
  readonly library: string;
  /** Default: all of them. */
  readonly faults?: readonly DiskFault[];
  /** How long each of them lasts. */
  readonly lastsMs?: number;
}

export type DiskFault = Exclude<Fault, 'none' | 'kill'>;

export interface FaultReport {
  readonly fault: DiskFault;
  readonly summary: string;
  readonly broken: readonly string[];
}

/** What a submit is answered while a disk does this: HTTP status and code. */
const answers: Readonly<Record<DiskFault, readonly string[]>> = {
  full: ['507 STORE_FULL'],
  // SQLite does not tell a file system that was remounted from a disk that fails.
  'read-only': ['503 STORE_IO_ERROR', '503 STORE_READ_ONLY'],
  'write-fails': ['503 STORE_IO_ERROR'],
  'sync-fails': ['503 STORE_IO_ERROR'],
  // What it needs may be in memory: then it is not refused.
  'read-fails': ['503 STORE_IO_ERROR'],
};

/** A daemon under load whose disk fails for a while and is well again: one process from first to last. */
export async function faultCampaign(plan: FaultPlan): Promise<readonly FaultReport[]> {
  const { faults = Object.keys(answers) as readonly DiskFault[] } = plan;
  const reports: FaultReport[] = [];
  for (const fault of faults) reports.push(await withFault(plan, fault));
  return reports;
}

async function withFault(
  { directory, lastsMs = 4_000, library }: FaultPlan,
  fault: DiskFault,
): Promise<FaultReport> {
  const folder = makeCampaignFolder(join(directory, fault));
  const control = new DiskControl(join(folder.directory, 'control'));
  const submitter = new Submitter({ lanes: 3, pauseMs: () => 10 });
  const daemon = spawnDaemon(folder, { library, control: control.path });
  const client = await daemon.listening;
  if (client === undefined) throw new Error(`the daemon did not start; see ${folder.log}`);
  submitter.use(client);
  await until(() => submitter.acknowledgements.length >= 10);

  control.set(fault);
  // A full disk lets the log be overwritten, and only then has no space.
  if (fault === 'full' || fault === 'read-fails')
    await untilRefused(submitter, fault === 'full' ? 60_000 : 2_000);
  await sleep(lastsMs);
  const { failures } = control.counts;
  const before = submitter.acknowledgements.length;
  control.set('none');
  const wellAt = performance.now();
  await until(() => submitter.acknowledgements.length > before);
  const takesAgainMs = Math.round(performance.now() - wellAt);

  await submitter.stop();
  await untilAllEnded(client);
  const events = await allEvents(client);
  const exitCode = await daemon.stop();
  control.close();
  const journal = new AgentJournal(folder.journal);
  journal.readOn();
  const { acknowledgements, refusals } = submitter;
  const said = [...refusals.values()].map(({ code, status }) => `${status} ${code}`);
  const { lines } = journal;
  const { violations } = checkEventLog({ acknowledgements, events, journal: lines, phases });
  const runs = journal.lines.filter(({ what }) => what === 'started').length;
  const broken = [
    ...violations.map(({ law, message, subject }) => `${law}: ${subject}: ${message}`),
    ...said
      .filter((answer) => !answers[fault].includes(answer))
      .map((answer) => `a submit was answered ${answer}`),
    ...(failures === 0 ? ['nothing of the database was made to fail'] : []),
    ...(said.length === 0 && fault !== 'read-fails' ? ['no submit was refused'] : []),
    ...(exitCode === 0 ? [] : [`the daemon ended with ${exitCode}`]),
    ...(runs === acknowledgements.length * phases.length
      ? []
      : [`${runs} agents ran for ${acknowledgements.length} workflows of ${phases.length} phases`]),
    ...(integrityOf(folder.database) === 'ok' ? [] : ['the database is damaged']),
    ...(markedProcesses(folder.database).length === 0 ? [] : ['processes were left behind']),
  ];
  const message = [...refusals.values()][0]?.message.replaceAll(folder.database, 'chimera.db');
  const logLines = readFileSync(folder.log, 'utf8').split('\n').length - 1;
  if (broken.length === 0) rmSync(folder.directory, { recursive: true });
  return {
    fault,
    summary: `${failures} operations failed, submits were answered ${said.join(', ') || 'nothing but success'} (“${message}”), ${acknowledgements.length} workflows all done by ${runs} agents, submits taken again ${takesAgainMs} ms after the disk was well, ${logLines} lines in the log`,
    broken,
  };
}

async function untilRefused({ refusals }: Submitter, limitMs: number): Promise<void> {
  const giveUpAt = performance.now() + limitMs;
  await until(() => refusals.size > 0 || performance.now() > giveUpAt);
}

async function until(isReached: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (!isReached()) {
    if (performance.now() > giveUpAt) throw new Error('nothing moves any more');
    await sleep(5);
  }
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare('pragma integrity_check').get()?.integrity_check;
  } finally {
    database.close();
  }
}
