import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@chimera/policy';
import {
  allSurvivors,
  CachedDisk,
  type DiskOperation,
  readDiskJournal,
} from '@chimera/proving/crash';
import { openWorkflowStore } from '@chimera/workflow-store';
import { makeCampaignFolder } from './campaign-folder.ts';
import { spawnDaemon } from './daemon-process.ts';
import { Submitter, type TimedAcknowledgement } from './submitter.ts';

export interface PowerPlan {
  /** Made, and removed when all went well. */
  readonly directory: string;
  readonly cuts: number;
  readonly seed: number;
  readonly durability: 'power-loss' | 'crash';
  readonly library: string;
  /** How long the daemon works before its power is cut at so many points of what it did. */
  readonly recordMs?: number;
}

export interface PowerReport {
  readonly cuts: number;
  /** Of the disk, in what was recorded. */
  readonly operations: number;
  readonly acknowledged: number;
  /** Acknowledged submits that an image does not have, over all cuts. */
  readonly lost: number;
  readonly mostLost: number;
  readonly cutsWithLoss: number;
  /** Why an image does not open, or is damaged; one for each cut. */
  readonly unusable: readonly string[];
}

/**
 * Records everything that a daemon under load does to its disk, and then, for many points of that
 * record, makes the files that a power cut there would have left, and opens them with the store.
 */
export async function powerCampaign(plan: PowerPlan): Promise<PowerReport> {
  const { acknowledgements, operations } = await record(plan);
  const random = seededRandom(plan.seed);
  const cuts = Array.from({ length: plan.cuts }, () => Math.floor(random() * operations.length))
    .sort((a, b) => a - b)
    .values();
  const disk = new CachedDisk();
  const unusable: string[] = [];
  let lost = 0;
  let mostLost = 0;
  let cutsWithLoss = 0;
  let next = cuts.next();
  for (const [index, operation] of operations.entries()) {
    while (next.value === index) {
      const survivors = allSurvivors[Math.floor(random() * allSurvivors.length)] ?? 'none';
      const image = disk.cut(survivors, random, operation);
      const told = acknowledgements.filter(({ at }) => at < operation.startedAt);
      const judged = await judge(plan, image, told);
      if (judged.unusable !== undefined)
        unusable.push(`cut before operation ${index} (${survivors} survive): ${judged.unusable}`);
      lost += judged.lost;
      mostLost = Math.max(mostLost, judged.lost);
      if (judged.lost > 0) cutsWithLoss += 1;
      next = cuts.next();
    }
    disk.apply(operation);
  }
  if (unusable.length === 0) rmSync(plan.directory, { recursive: true });
  return {
    cuts: plan.cuts,
    operations: operations.length,
    acknowledged: acknowledgements.length,
    lost,
    mostLost,
    cutsWithLoss,
    unusable,
  };
}

interface Recording {
  readonly operations: readonly DiskOperation[];
  readonly acknowledgements: readonly TimedAcknowledgement[];
}

async function record({
  directory,
  durability,
  library,
  recordMs = 15_000,
}: PowerPlan): Promise<Recording> {
  const folder = makeCampaignFolder(directory, { durability, workSeconds: 0 });
  const journal = join(folder.directory, 'disk-journal');
  const submitter = new Submitter({ lanes: 8, pauseMs: () => 0 });
  const daemon = spawnDaemon(folder, { library, journal });
  const client = await daemon.listening;
  if (client === undefined) throw new Error(`the daemon did not start; see ${folder.log}`);
  submitter.use(client);
  await sleep(recordMs);
  await submitter.stop();
  await daemon.stop();
  return {
    operations: readDiskJournal(readFileSync(journal)),
    acknowledgements: submitter.acknowledgements,
  };
}

/** As the next start would: the store opens it and finds what was acknowledged; then SQLite looks at every page. */
async function judge(
  { directory }: PowerPlan,
  image: ReadonlyMap<string, Buffer>,
  told: readonly TimedAcknowledgement[],
): Promise<{ readonly lost: number; readonly unusable?: string }> {
  mkdirSync(directory, { recursive: true });
  const folder = mkdtempSync(join(directory, 'image-'));
  const path = join(folder, 'chimera.db');
  for (const [name, content] of image) writeFileSync(`${path}${name}`, content);
  try {
    const store = await openWorkflowStore({ path, durability: 'crash' });
    const found = await Promise.all(told.map(({ workflowId }) => store.get(workflowId)));
    await store.close();
    const database = new DatabaseSync(path);
    const verdict = database.prepare('pragma integrity_check').get()?.integrity_check;
    database.close();
    const lost = found.filter((workflow) => workflow === undefined).length;
    if (verdict !== 'ok')
      return { lost, unusable: `integrity check: ${String(verdict)} (${folder})` };
    rmSync(folder, { recursive: true });
    return { lost };
  } catch (error) {
    return { lost: 0, unusable: `${String(error)} (${folder})` };
  }
}
