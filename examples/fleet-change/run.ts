import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import {
  configFile,
  type DaemonProcess,
  databaseIn,
  startDaemon,
  stopDaemon,
} from './src/daemon-process.ts';
import { expectationFor } from './src/expectations.ts';
import { type Fleet, fleetState, hasEnded, submitFleet } from './src/fleet.ts';
import { LiveView } from './src/live-view.ts';
import { nextLines, reportLines, type Result, results } from './src/report.ts';
import { findRepositories, makeRepositories } from './src/repositories.ts';
import { type Services, startServices } from './src/services.ts';

const program = new Command('demo')
  .description('Applies one change to a folder of repositories: plan, implement, validate.')
  .option('--dir <folder>', 'your own folder of git repositories instead of the packaged ones')
  .option('--keep', 'leave the daemon running')
  .parse(process.argv.filter((word) => word !== '--'));
const flags = program.opts<{ dir?: string; keep?: boolean }>();

/** Kept afterwards: the database can be looked into. */
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'chimera-demo-')));
const isOwn = flags.dir === undefined;
const fleetDirectory =
  flags.dir === undefined
    ? join(directory, 'repositories')
    : resolve(process.env.INIT_CWD ?? '.', flags.dir);
if (isOwn) await makeRepositories(join(import.meta.dirname, 'fixtures'), fleetDirectory);
/** Said at the end: nobody else clears it away. */
const leftovers = `The demo's files are in ${directory}; delete it when you are done: rm -rf ${directory}`;
const repositories = await findRepositories(fleetDirectory);
if (repositories.length === 0) {
  rmSync(directory, { recursive: true });
  process.stderr.write(`demo: --dir ${fleetDirectory} ${lackOfRepositories()}\n`);
  process.exit(2);
}

const services = isOwn ? await startServices() : undefined;
// A group of its own: Ctrl-C is for this script, which then stops the daemon.
const options = { directory, services, detached: true };
let daemon = await startDaemon(options);
const stop = new AbortController();
/** It has been said that it does. */
let goesOn = false;
process.once('SIGINT', () => stop.abort());

try {
  process.exitCode = await run();
} finally {
  if (goesOn) daemon.process.unref();
  else await stopDaemon(daemon);
  services?.close();
}

async function run(): Promise<number> {
  const fleet = await submitFleet(daemon.client, repositories);
  const view = new LiveView(fleet, process.stdout.isTTY);
  view.say(
    `${repositories.length} repositories in ${fleetDirectory}; the daemon's log: ${join(directory, 'daemon.log')}`,
  );
  await watch(fleet, view);
  view.done();
  const all = await results(daemon.client, fleet);
  process.stdout.write(`${reportLines(all).join('\n')}\n\n`);
  if (stop.signal.aborted) {
    process.stdout.write(`${leftovers}\n`);
    return 130;
  }
  const exitCode = judge(all);
  process.stdout.write(`${closingLines(all).join('\n')}\n`);
  return exitCode;
}

/** Commands that work as they stand: those that ask a daemon come after the one that starts it. */
function closingLines(all: readonly Result[]): readonly string[] {
  if (flags.keep) {
    goesOn = true;
    const { url } = daemon.client;
    return [
      `The daemon goes on at ${url}; stop it with: kill ${daemon.process.pid}`,
      leftovers,
      ...nextLines(all, (command) => cli(`${command} --url ${url}`)),
    ];
  }
  const again = `start --config ${configFile} --database ${databaseIn(directory)}`;
  const next = nextLines(all, cli);
  return [
    'The daemon stops now. To look into its database, start it again:',
    `  ${cli(again)}`,
    ...(next.length === 0 ? [] : ['and then, in another terminal:', ...next]),
    leftovers,
  ];
}

function lackOfRepositories(): string {
  if (!existsSync(fleetDirectory)) return 'does not exist; check the path';
  if (existsSync(join(fleetDirectory, '.git')))
    return `is a repository itself; name the folder that it is in: --dir ${dirname(fleetDirectory)}`;
  return 'holds no git repositories; name the folder that they are in';
}

/** Until every workflow has ended. A daemon that is killed on the way is started again on its database. */
async function watch(fleet: Fleet, view: LiveView): Promise<void> {
  for (let reviewDownTicks = 0; !stop.signal.aborted; await sleep(250)) {
    if (daemon.process.exitCode !== null || daemon.process.signalCode !== null) {
      view.say(
        `the daemon was killed (${daemon.process.signalCode ?? daemon.process.exitCode}); starting it again on the same database`,
      );
      daemon = await startDaemon(options);
    }
    try {
      const workflows = await fleetState(daemon.client, fleet);
      view.update(workflows);
      if (workflows.length === fleet.size && workflows.every(hasEnded)) return;
      reviewDownTicks += await endOutage(daemon, services, reviewDownTicks, view);
    } catch (error) {
      if (daemon.process.exitCode === null && daemon.process.signalCode === null) throw error;
    }
  }
}

/** The review service comes back three seconds after its agent's breaker has opened. */
async function endOutage(
  { client }: DaemonProcess,
  outage: Services | undefined,
  ticks: number,
  view: LiveView,
): Promise<number> {
  if (outage === undefined) return 0;
  const { agents } = await client.status();
  const isOpen = agents.some(({ breaker, name }) => name === 'reviewer' && breaker !== 'closed');
  if (ticks === 12) {
    outage.bringReviewUp();
    view.say('the review service is back');
  }
  return isOpen || ticks > 0 ? 1 : 0;
}

/** 0 when everything ended as it should: a dead letter is right where it is expected. */
function judge(outcomes: readonly Result[]): number {
  let surprises = 0;
  for (const { repository, workflow } of outcomes) {
    if (!isOwn) {
      surprises += workflow.status === 'completed' ? 0 : 1;
      continue;
    }
    const { holds, status, story } = expectationFor(repository.name, repository.isReviewed);
    const isRight = workflow.status === status && holds(workflow);
    process.stdout.write(
      `${isRight ? 'as expected' : 'UNEXPECTED '}  ${repository.name}: ${story}\n`,
    );
    surprises += isRight ? 0 : 1;
  }
  process.stdout.write(
    surprises === 0
      ? `All ${outcomes.length} ended as they should.\n`
      : `${surprises} of ${outcomes.length} did not end as they should.\n`,
  );
  return surprises === 0 ? 0 : 1;
}

function cli(command: string): string {
  return `npx -y pnpm@10 -s chimera ${command}`;
}
