import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Chromium, openChromium } from './chromium.ts';
import { moduleGraph } from './module-graph.ts';
import { playAll, type Runtime } from './play-all.ts';
import { runCommand } from './run-command.ts';
import { runSuites } from './run-suites.ts';
import type { Finding } from './scenarios/finding.ts';
import { makeProject } from './scratch-project.ts';
import { subjects } from './subjects.ts';

/**
 * Packs the policy packages, installs them outside the repository beside the runtimes, and plays a
 * scenario for each package in each runtime. Also: none that is for browsers may import what only
 * Node.js has, and the suites of the policies pass on the oldest Node.js that they name, where a
 * `prv1:` string and a seed come to the same traces as here.
 */
const root = join(import.meta.dirname, '..');
const suites = ['policy', 'retry-policy', 'circuit-breaker', 'concurrency-limit'];
const failures: string[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'chimera-runtimes-'));

try {
  const packages = subjects.filter(({ entries }) => entries.length > 0).map(({ name }) => name);
  const project = makeProject(scratch, packages, root);
  const entries = subjects.flatMap((subject) => (subject.isForBrowsers ? subject.entries : []));
  const graph = await moduleGraph(project, entries);
  say(`${entries.length} entries for browsers, ${graph.files.length} files with dependencies, `);
  say(`${graph.builtins.length} imports of Node.js built-ins\n\n`);
  failures.push(...graph.builtins);

  const oldest = join(project, 'node_modules', 'node', 'bin', 'node');
  const bun = join(project, 'node_modules', '.bin', 'bun');
  const browser = await orFailure('Chromium', () => openChromium(project, graph));
  const runtimes = [
    await orFailure('the oldest Node', () => onServer('Node', oldest, project)),
    await orFailure('Node', () => onServer('Node', process.execPath, project)),
    await orFailure('Bun', () => onServer('Bun', bun, project)),
    browser && inBrowser(browser),
  ];
  const { problems, table } = await playAll(runtimes.filter((runtime) => runtime !== undefined));
  await browser?.close();
  failures.push(...problems);
  say(`${table}\n`);
  if (runtimes[0] !== undefined) {
    const passed = runSuites(oldest, suites, root, scratch);
    say(`${passed} tests of ${suites.join(', ')} pass in ${runtimes[0].name}\n`);
    const played = runSuites(oldest, ['proving'], root, scratch, ['reproducible', 'prv']);
    say(`${played} tests of what a prv1: string and a seed mean pass there, too\n`);
  }
} catch (error) {
  failures.push(String(error));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const failure of failures) process.stderr.write(`FAILED ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

function say(text: string): void {
  process.stdout.write(text);
}

/** A runtime that cannot be had is told in one line and fails the run; the others are tried all the same. */
async function orFailure<T>(what: string, attempt: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    failures.push(`${what} cannot be had: ${String(error).split('\n', 1).join('')}`);
    return undefined;
  }
}

function onServer(name: string, program: string, project: string): Runtime {
  const version = runCommand(program, ['--version'], project).trim().replace('v', '');
  return {
    name: `${name} ${version}`,
    isBrowser: false,
    play: async (scenario) =>
      JSON.parse(runCommand(program, ['play-scenario.js', scenario], project, 30_000)) as Finding[],
  };
}

function inBrowser(browser: Chromium): Runtime {
  return {
    name: `Chromium ${browser.version}`,
    isBrowser: true,
    play: async (scenario) => (await browser.play(scenario)) as Finding[],
  };
}
