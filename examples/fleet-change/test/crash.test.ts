import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient, StoredEventView, WorkflowSummary } from '@chimera/client';
import { expect, onTestFinished, test } from 'vitest';
import { databaseIn, startDaemon, stopDaemon } from '../src/daemon-process.ts';
import { expectationFor } from '../src/expectations.ts';
import { fleetState, hasEnded, submitFleet } from '../src/fleet.ts';
import { results } from '../src/report.ts';
import { findRepositories, makeRepositories, type Repository } from '../src/repositories.ts';
import { startServices } from '../src/services.ts';

type Fleet = ReadonlyMap<string, Repository>;

/** Real processes: there is nothing to wait for but what the daemon says. */
async function until(
  client: ChimeraClient,
  fleet: Fleet,
  isReached: (workflows: readonly WorkflowSummary[]) => boolean,
): Promise<void> {
  while (!isReached(await fleetState(client, fleet))) await sleep(50);
}

/** Processes that a daemon of this database has started, by the marker in their environment. */
function childrenOf(database: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return environment.some(
          (entry) => entry.startsWith('CHIMERA_RUN=') && entry.endsWith(database),
        );
      } catch {
        return false;
      }
    });
}

async function allEvents(client: ChimeraClient): Promise<readonly StoredEventView[]> {
  const all: StoredEventView[] = [];
  for (;;) {
    const page = await client.events({ after: all.at(-1)?.seq ?? 0, limit: 1000 });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

test('a daemon that is killed in the middle of the fleet change and started again ends with the same twelve outcomes', async () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'chimera-crash-')));
  const repositoriesDirectory = join(directory, 'repositories');
  await makeRepositories(join(import.meta.dirname, '../fixtures'), repositoriesDirectory);
  const repositories = await findRepositories(repositoriesDirectory);
  const services = await startServices();
  onTestFinished(() => services.close());
  const options = { directory, services };

  const first = await startDaemon(options);
  const fleet = await submitFleet(first.client, repositories);
  await until(first.client, fleet, (workflows) => {
    const hangs = workflows.some(({ id, phase, status }) => {
      return fleet.get(id)?.name === 'icon-names' && phase === 'implement' && status === 'running';
    });
    return hangs && workflows.filter(({ status }) => status === 'completed').length >= 2;
  });
  const exited = once(first.process, 'exit');
  first.process.kill('SIGKILL');
  await exited;
  expect(childrenOf(databaseIn(directory)).length).toBeGreaterThan(0);

  const second = await startDaemon(options);
  onTestFinished(() => stopDaemon(second));
  expect(await submitFleet(second.client, repositories)).toEqual(fleet);
  services.bringReviewUp();
  await until(second.client, fleet, (workflows) => workflows.every(hasEnded));

  const ended = await results(second.client, fleet);
  const surprises = ended.filter(({ repository, workflow }) => {
    const { holds, status } = expectationFor(repository.name, repository.isReviewed);
    return workflow.status !== status || !holds(workflow);
  });
  expect(surprises.map(({ repository, workflow }) => [repository.name, workflow])).toEqual([]);
  expect(ended).toHaveLength(12);
  expect(ended.some(({ workflow }) => workflow.recoveries > 0)).toBe(true);

  const { items: letters } = await second.client.deadLetters({ limit: 500 });
  expect(new Set(letters.map(({ workflowId }) => fleet.get(workflowId)?.name))).toEqual(
    new Set(['icon-names', 'ledger-format']),
  );
  expect(letters).toHaveLength(2);
  for (const [id, events] of Map.groupBy(
    await allEvents(second.client),
    ({ workflowId }) => workflowId,
  )) {
    const claims = events.filter(({ type }) => type === 'claimed').length;
    const outcomes = events.filter(({ type }) => {
      return [
        'phase-succeeded',
        'phase-rejected',
        'phase-failed',
        'parked',
        'interrupted',
      ].includes(type);
    }).length;
    expect(outcomes, `every claim of ${id} has one recorded outcome`).toBe(claims);
  }

  await stopDaemon(second);
  expect(childrenOf(databaseIn(directory))).toEqual([]);
}, 120_000);
