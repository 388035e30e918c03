import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonStatus } from '@chimera/client';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const slots = 4;
const limitBytes = 800 * 2 ** 20;

/** Lines wide apart: what the work itself allocates crosses none. CPU is off: others use it too. */
const config = `
pool: { min: ${slots}, max: ${slots} }
shutdown: { grace: 500ms }
degradation:
  interval: 100ms
  memoryLimitBytes: ${limitBytes}
  degradedOver: { memory: 0.5, cpu: off }
  normalUnder: { memory: 0.45 }
  survivalOver: { memory: 0.75 }
  degradedUnder: { memory: 0.65 }
  emergencyMemory: 1
  hold: 200ms
  clear: 300ms
  dwell: 300ms
  slotEvery: 200ms
  smoothing: 100ms
agents:
  hog: { type: command, command: [node, '{config}/hog.mjs', '{config}'] }
  worker: { type: command, command: [sh, '{config}/work.sh', '{config}'], result: exit-code }
workflows: [hog.yaml, work.yaml]
`;

/** Allocates as many bytes as the file \`bytes\` says, until it says \`done\`. */
const hog = `
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
const directory = process.argv[2];
const ballast = [];
setInterval(() => {
  const word = existsSync(directory + '/bytes') ? readFileSync(directory + '/bytes', 'utf8') : '';
  if (word === 'done') {
    process.stdout.write(JSON.stringify({ status: 'succeeded', output: {} }));
    process.exit(0);
  }
  while (ballast.length * 2 ** 22 < Number(word)) ballast.push(Buffer.alloc(2 ** 22, 1));
}, 20);
writeFileSync(directory + '/starting', String(process.pid));
renameSync(directory + '/starting', directory + '/pid');
`;

/** Holds 2 MB for a while, or until the file \`open\` is there; a signal ends it with another code than 0. */
const work = `
request=$(cat)
x=$(head -c 2000000 /dev/zero | tr '\\0' x)
case $request in *'"gated":true'*) while [ ! -e "$1/open" ]; do sleep 0.05; done ;; esac
sleep 0.1
test \${#x} = 2000000
`;

const phase = (name: string, agent: string) =>
  `name: ${name}\nphases: [{ name: do, stage: implementation, agent: ${agent}, timeout: 10m, retry: { maxRetries: 0 } }]`;

/** Five for every slot: what the pool could do in one round, five times. */
const offered: readonly number[] = [9, 8, ...Array<number>(9).fill(5), ...Array<number>(9).fill(2)];

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

async function until<Value>(read: () => Promise<Value>, holds: (value: Value) => boolean) {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await sleep(25);
  }
}

// Memory of other processes is read from /proc.
test.runIf(process.platform === 'linux')(
  'a child that takes the memory costs unimportant work its turn, important work nothing, and nobody its life',
  async () => {
    const directory = newDirectory({
      'chimera.yaml': config,
      'hog.mjs': hog,
      'work.sh': work,
      'hog.yaml': phase('hog', 'hog'),
      'work.yaml': phase('work', 'worker'),
    });
    const daemon = await startedDaemon(directory, ['--log-level', 'info']);
    onTestFinished(() => void daemon.stop());
    const { client, url } = daemon;
    const status = () => client.status();
    const inMode = (mode: string) => until(status, ({ degradation }) => degradation.mode === mode);
    const accepted: { readonly id: string; readonly priority: number }[] = [];
    const offerWave = async () => {
      const refused: number[] = [];
      for (const priority of offered) {
        const response = await fetch(`${url}/api/workflows`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ definition: 'work', input: { gated: priority < 8 }, priority }),
        });
        const answer = (await response.json()) as { id: string; error?: { code: string } };
        if (response.ok) {
          accepted.push({ id: answer.id, priority });
          continue;
        }
        expect(response.status).toBe(503);
        expect(answer.error?.code).toBe('DEGRADED');
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        refused.push(priority);
      }
      return refused;
    };
    const important = () => accepted.filter(({ priority }) => priority >= 8);
    const details = (of: typeof accepted) => Promise.all(of.map(({ id }) => client.get(id)));
    const importantWorkIsDone = () =>
      until(
        () => details(important()),
        (found) => found.every(({ finishedAt }) => finishedAt !== null),
      );
    const { pid } = await status();
    let taken = 0;
    /** Has the hog allocate until it and the daemon use this share of the limit. */
    const takeMemory = (share: number) => {
      const hogId = Number(readFileSync(join(directory, 'pid'), 'utf8'));
      taken += share * limitBytes - residentBytes(pid) - residentBytes(hogId);
      writeFileSync(join(directory, 'bytes'), String(taken));
    };

    const { id: hogging } = await client.submit({ definition: 'hog', input: {}, priority: 9 });
    accepted.push({ id: hogging, priority: 0 });
    await until(
      () => Promise.resolve(existsSync(join(directory, 'pid'))),
      (hasStarted) => hasStarted,
    );
    expect(await offerWave()).toEqual([]);
    await until(
      status,
      ({ pool, workflows }) => workflows.completed === 2 && pool.running === slots,
    );

    takeMemory(0.62);
    const short = await inMode('degraded');
    expect(short.degradation.memory).toBeGreaterThan(0.5);
    expect(short.degradation.priorityFloor).toBe(5);
    expect(short.degradation.reason).toMatch(/^memory at \d\d %, over 50 %$/);
    const shown = (await chimera(['status', '--url', url])).stdout;
    expect(shown).toMatch(/^mode +degraded since \S+: memory at .* \(only priority 5 and up, /m);
    expect(await offerWave()).toEqual(offered.filter((priority) => priority < 5));
    expect((await status()).pool).toEqual({ size: slots, target: 2, running: slots });

    takeMemory(0.87);
    await inMode('survival');
    // Nothing is cut: what runs besides the hog ends by itself, and only important work follows.
    expect((await status()).pool.running).toBe(slots);
    writeFileSync(join(directory, 'open'), '');
    await importantWorkIsDone();
    await until(status, ({ pool }) => pool.target === 2 && pool.running === 1);
    const held = (await details(accepted)).filter((workflow) => workflow.status === 'queued');
    expect(held).toHaveLength(9 + 9 + 9 - (slots - 1));
    for (let wave = 0; wave < 3; wave += 1) {
      expect(await offerWave()).toEqual(offered.filter((priority) => priority < 8));
      await importantWorkIsDone();
    }
    expect((await status()).degradation).toMatchObject({ mode: 'survival', priorityFloor: 8 });
    for (const { id } of held) expect((await client.get(id)).status).toBe('queued');
    const overloaded = await details(important());
    const done = overloaded.filter((workflow) => workflow.status === 'completed');
    expect(done.length / (5 * 2)).toBeGreaterThanOrEqual(0.99);

    writeFileSync(join(directory, 'bytes'), 'done');
    const isAsBefore = ({ degradation, pool, workflows }: DaemonStatus) =>
      degradation.mode === 'normal' &&
      pool.target === slots &&
      workflows.running + workflows.queued === 0;
    expect((await until(status, isAsBefore)).pool.size).toBe(slots);

    // Each was run once, and by itself to its end.
    for (const { phaseRuns, status: end } of await details(accepted)) {
      expect(end).toBe('completed');
      expect(phaseRuns.map(({ outcome }) => outcome)).toEqual(['phase-succeeded']);
    }

    const decisions = await client.decisions({ kind: 'degradation' });
    const changes = decisions.toReversed().map(({ from, to }) => [from, to] as const);
    expect(changes.filter(([from]) => typeof from === 'string')).toEqual([
      ['normal', 'degraded'],
      ['degraded', 'survival'],
      ['survival', 'degraded'],
      ['degraded', 'normal'],
    ]);
    expect(changes.filter(([from]) => typeof from === 'number')).toEqual([
      [4, 2],
      [2, 3],
      [3, 4],
    ]);

    const asJson = await chimera(['decisions', '--json', '--url', url]);
    expect(JSON.parse(asJson.stdout)).toEqual(await client.decisions());
    expect(decisions.every(({ signals }) => (signals['memory'] ?? 0) > 0)).toBe(true);
    const lines = (await chimera(['decisions', '--kind', 'degradation', '--url', url])).stdout;
    const [heading, ...rows] = lines.trimEnd().split('\n');
    expect(heading).toMatch(/^AT +LEVEL +BY +CHANGE +SIGNALS +WHY$/);
    expect(rows.map((row) => row.split(/  +/).slice(1, 4).join(': ')).at(-1)).toBe(
      'warn: degradation: mode normal → degraded',
    );

    const { exitCode, stderr } = await daemon.stop();
    expect(exitCode).toBe(0);
    const logged = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; component: string; msg: string });
    expect(logged.filter(({ level }) => level !== 'info' && level !== 'warn')).toEqual([]);
    expect(
      logged.filter(({ component }) => component === 'degradation').map(({ msg }) => msg),
    ).toEqual([
      expect.stringMatching(
        /^mode normal → degraded: memory at \d\d %, over 50 %; work of priority 5 and up is admitted$/,
      ),
      'pool 4 → 2 slots: the mode degraded leaves 2 of 4',
      expect.stringMatching(
        /^mode degraded → survival: memory at \d\d %, over 75 %; work of priority 8 and up is admitted$/,
      ),
      expect.stringMatching(
        /^mode survival → degraded: .*; work of priority 5 and up is admitted$/,
      ),
      expect.stringMatching(/^mode degraded → normal: .*; all work is admitted$/),
      'pool 2 → 3 slots: slots come back one by one, 3 of 4 so far',
      'pool 3 → 4 slots: slots come back one by one, 4 of 4 so far',
    ]);
  },
  120_000,
);
