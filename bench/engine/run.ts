import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Candidate, candidates } from './candidates.ts';
import { machine } from './machine.ts';
import type { Figures, Task } from './measure-here.ts';
import { installed } from './peers.ts';
import { storeResults } from './results.ts';
import { rowsOf } from './rows.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { startServer } from './servers.ts';
import { settleDisk } from './settle-disk.ts';
import { table } from './table.ts';

/**
 * Three durable phases, on our engine and on its peers, against a bare loop on the same disk:
 *
 *   pnpm run bench:engine [--rounds 5] [--workflows 20000] [--warm-up 15] [--backlog 1000000]
 *     [--only chimera,bullmq] [--scenarios 'c = 100,submit one by one'] [--data folder]
 *
 * Candidates take turns; each run has a process, a data folder and a server of its own, and does what
 * is measured for the seconds of the warm-up before, once at least. The results of a scenario are
 * stored when no candidate was left out by a flag.
 */
const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    workflows: { type: 'string', default: '20000' },
    'warm-up': { type: 'string', default: '15' },
    backlog: { type: 'string', default: '1000000' },
    only: { type: 'string', default: '' },
    scenarios: { type: 'string', default: '' },
    data: { type: 'string', default: tmpdir() },
  },
});
const rounds = Number(flags.rounds);
const chosen = candidates.filter(({ name }) => name === 'bare' || matches(name, flags.only));
const played = scenarios.filter(({ name }) => matches(`${name} `, flags.scenarios, ' '));
/** Longer than the slowest candidate takes. */
const timeoutMs = 300_000;

const setting = machine(flags.data);
console.log(
  Object.entries(setting)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · '),
);
for (const { name, settings } of chosen) console.log(`${name.padEnd(28)}${settings}`);
console.log('');

const leftOut = new Set<Candidate>();
const packages = new Map<Candidate, string>();
for (const candidate of chosen) {
  try {
    packages.set(candidate, candidate.peer === undefined ? '' : installed(candidate.peer));
  } catch (error) {
    leaveOut(candidate, error);
  }
}

for (const scenario of played) {
  const figures = new Map<Candidate, (Figures | undefined)[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const candidate of turnsOf(scenario, round)) {
      figures.set(candidate, [
        ...(figures.get(candidate) ?? []),
        await oneRun(scenario, candidate),
      ]);
    }
  }
  const [bare] = candidates;
  const ofBare = bare === undefined ? [] : (figures.get(bare) ?? []);
  const found = [...figures]
    .toSorted(([left], [right]) => candidates.indexOf(left) - candidates.indexOf(right))
    .flatMap(([candidate, runs]) => rowsOf(scenario, candidate, runs, ofBare));
  console.log(table(found));
  if (flags.only !== '') continue;
  storeResults(scenario.name, found, {
    ...setting,
    measuredOn: new Date().toISOString().slice(0, 10),
    rounds,
    workflows: Number(flags.workflows),
    warmUpSeconds: Number(flags['warm-up']),
    backlog: Number(flags.backlog),
  });
}

/** A round begins with another candidate each time. */
function turnsOf(scenario: Scenario, round: number): Candidate[] {
  const taking = chosen.filter(
    (candidate) =>
      !leftOut.has(candidate) && (scenario.only ?? [candidate.name]).includes(candidate.name),
  );
  return taking.map((_, step) => taking[(round + step) % taking.length]).filter((one) => !!one);
}

/** Undefined when it fails, which is said; a candidate whose server does not start is not asked again. */
async function oneRun(scenario: Scenario, candidate: Candidate): Promise<Figures | undefined> {
  const folder = mkdtempSync(join(flags.data, 'chimera-bench-'));
  try {
    const server = await startServer(candidate.server, folder).catch((error: unknown) => {
      leaveOut(candidate, error);
    });
    if (server === undefined) return undefined;
    try {
      return await inProcess({
        candidate: candidate.name,
        scenario,
        workflows: workflowsFor(scenario, candidate),
        warmUpMs: Number(flags['warm-up']) * 1_000,
        backlog: Number(flags.backlog),
        folder,
        address: server.address,
        packages: packages.get(candidate) ?? '',
      });
    } catch (error) {
      console.log(`${candidate.name} failed: ${scenario.name}: ${said(error)}`);
      return undefined;
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    settleDisk();
  }
}

function inProcess(task: Task): Promise<Figures> {
  const script = join(import.meta.dirname, 'measure-here.ts');
  const words = [...process.execArgv, script, JSON.stringify(task)];
  const child = spawn(process.execPath, words, { timeout: timeoutMs, killSignal: 'SIGKILL' });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (output.out += String(chunk)));
  child.stderr.on('data', (chunk) => (output.err += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const lines = output.err.trim().split('\n');
      const line = lines.find((text) => /^\w*Error: /.test(text)) ?? lines.at(-1) ?? '';
      const last = output.out.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as Figures);
      else reject(new Error(signal === null ? line : `it did not end within ${timeoutMs} ms`));
    });
  });
}

/** Enough that all slots are busy for most of the time; submits alone are over soon. */
function workflowsFor({ concurrency, kind }: Scenario, { share }: Candidate): number {
  const least = kind === 'run' ? 2 * concurrency : 100;
  const most = Number(flags.workflows) * (kind === 'submit' ? 2 : 1);
  return Math.max(least, Math.round(most * share));
}

function leaveOut(candidate: Candidate, error: unknown): void {
  leftOut.add(candidate);
  console.log(`${candidate.name} is left out: ${said(error)}`);
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With a space after it, `c = 10` is not found in `c = 100`. */
function matches(name: string, list: string, end = ''): boolean {
  return list === '' || list.split(',').some((part) => name.includes(`${part}${end}`));
}
