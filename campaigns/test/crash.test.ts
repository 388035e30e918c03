import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDisk } from '@chimera/proving/crash';
import { expect, onTestFinished, test } from 'vitest';
import { faultCampaign } from '../crash/fault-campaign.ts';
import { killCampaign } from '../crash/kill-campaign.ts';
import { powerCampaign } from '../crash/power-campaign.ts';

/** Slices of `pnpm run crash`, `--power` and `--faults`, on the daemon as it was built last. */
function campaignFolder(): { readonly directory: string; readonly library: string | undefined } {
  const folder = mkdtempSync(join(tmpdir(), 'chimera-campaign-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { directory: join(folder, 'data'), library: buildDisk(folder) };
}

test('a daemon that is killed again and again loses, doubles and orphans nothing', async () => {
  const { directory, library } = campaignFolder();
  const report = await killCampaign({ directory, library, kills: 3, seed: 4 });
  expect(report).toMatchObject({ violations: [], orphans: 0, leftBehind: 0 });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.agentRuns).toBeGreaterThanOrEqual(3 * report.acknowledged);
}, 120_000);

test('a power cut takes nothing that was acknowledged, wherever it comes', async ({ skip }) => {
  const { directory, library } = campaignFolder();
  if (library === undefined) return skip('no Linux, or no gcc');
  const plan = { directory, library, cuts: 25, seed: 1, recordMs: 800 };
  const report = await powerCampaign({ ...plan, durability: 'power-loss' });
  expect(report).toMatchObject({ cuts: 25, lost: 0, unusable: [] });
  expect(report.acknowledged).toBeGreaterThan(3);
}, 120_000);

test('a disk that fails refuses submits in one line, and all work is done once it is well', async ({
  skip,
}) => {
  const { directory, library } = campaignFolder();
  if (library === undefined) return skip('no Linux, or no gcc');
  const faults = ['sync-fails'] as const;
  const reports = await faultCampaign({ directory, library, faults, lastsMs: 200 });
  expect(reports.map(({ broken, fault }) => ({ broken, fault }))).toEqual(
    faults.map((fault) => ({ broken: [], fault })),
  );
}, 120_000);
