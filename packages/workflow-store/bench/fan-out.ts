/**
 * How long the event loop stands still while a phase starts its many children, stops them, and
 * reads what they left: the longest turn and the 99th percentile, with synchronous=FULL. Started
 * and stopped in one piece, a thousand cost as many milliseconds as all their turns together. Run
 * it with
 *
 *   node --conditions=chimera-source bench/fan-out.ts [children] [children per step] [rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { defineWorkflow } from '@chimera/workflow';
import { openWorkflowStore, type WorkflowStore } from '@chimera/workflow-store';

const count = Number(process.argv[2] ?? 1_000);
const perStep = Number(process.argv[3] ?? 64);
const rounds = Number(process.argv[4] ?? 5);

const phase = { stage: 'implementation', timeout: '1h' } as const;
const parent = defineWorkflow({
  name: 'parent',
  phases: [
    {
      ...phase,
      name: 'fan',
      children: { forEach: '/input/list', start: [{ workflow: 'leaf' }], maxParallel: 8 },
    },
  ],
});
const definition = defineWorkflow({
  name: 'leaf',
  phases: [{ ...phase, name: 'work', agent: 'a' }],
});
const input = { ticket: 'x'.repeat(500) };

interface Turns {
  readonly totalMs: number;
  readonly longestMs: number;
  /** Of the thread's own time: steadier where the machine is shared, but without what the disk took. */
  readonly longestCpuMs: number;
  readonly p99Ms: number;
  readonly turns: number;
}

async function turnsOf(work: () => Promise<unknown>): Promise<Turns> {
  const turns: number[] = [];
  const cpu: number[] = [];
  let isOver = false;
  const begin = performance.now();
  let [last, lastCpu] = [begin, cpuMs()];
  const turn = () => {
    const [now, nowCpu] = [performance.now(), cpuMs()];
    turns.push(now - last);
    cpu.push(nowCpu - lastCpu);
    [last, lastCpu] = [now, nowCpu];
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  turns.push(performance.now() - last);
  cpu.push(cpuMs() - lastCpu);
  turns.sort((left, right) => left - right);
  return {
    totalMs: performance.now() - begin,
    longestMs: turns.at(-1) ?? 0,
    longestCpuMs: Math.max(...cpu),
    p99Ms: turns[Math.floor(turns.length * 0.99)] ?? 0,
    turns: turns.length,
  };
}

function cpuMs(): number {
  const { system, user } = process.threadCpuUsage();
  return (system + user) / 1_000;
}

async function startAll(store: WorkflowStore): Promise<string> {
  await store.submit([{ definition: parent, input: {}, priority: 9 }]);
  const [claim] = await store.claim({
    holder: 'h',
    leaseMs: 3_600_000,
    limit: 1,
    choose: (candidates) => candidates.map(({ id }) => id),
  });
  if (claim === undefined) throw new Error('nothing to claim');
  const { record, token } = claim;
  for (let left = count; left > 0; left -= perStep) {
    const children = Array.from({ length: Math.min(left, perStep) }, () => ({
      definition,
      input,
      priority: 5,
    }));
    const at = Date.now();
    const event =
      left > perStep
        ? ({ type: 'children-added', at, count: perStep, total: count } as const)
        : ({ type: 'children-started', at, count } as const);
    await store.apply({ workflowId: record.id, token, event, children });
  }
  return record.id;
}

const measured = new Map<string, Turns[]>();
const keep = (name: string, turns: Turns) =>
  measured.set(name, [...(measured.get(name) ?? []), turns]);
for (let round = 0; round < rounds; round += 1) {
  const directory = mkdtempSync(join(tmpdir(), 'fan-out-'));
  const store = await openWorkflowStore({ path: join(directory, 'store.db') });
  let workflowId = '';
  keep('start', await turnsOf(async () => (workflowId = await startAll(store))));
  const event = { type: 'cancel-requested', at: Date.now(), reason: 'enough' } as const;
  keep('stop', await turnsOf(() => store.apply({ workflowId, event })));
  keep('read', await turnsOf(() => store.children(workflowId, '0:fan:1')));
  await store.close();
  rmSync(directory, { recursive: true });
}

console.log(`${count} children, ${perStep} started per step, medians of ${rounds} rounds`);
const median = (all: readonly Turns[], of: (turns: Turns) => number) =>
  all.map(of).toSorted((left, right) => left - right)[Math.floor(all.length / 2)] ?? 0;
for (const [name, all] of measured)
  console.log(
    `${name.padEnd(6)} ${median(all, (turns) => turns.totalMs).toFixed(0)} ms in all; longest turn ${median(all, (turns) => turns.longestMs).toFixed(1)} ms (${median(all, (turns) => turns.longestCpuMs).toFixed(1)} ms of CPU), p99 ${median(all, (turns) => turns.p99Ms).toFixed(1)} ms; most ${Math.max(...all.map((turns) => turns.longestMs)).toFixed(1)} ms`,
  );
