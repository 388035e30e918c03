import { VirtualClock } from '@chimera/policy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProcessEnd, runProcess } from '../src/run-process.ts';
import { Programs } from './programs.ts';

let programs: Programs;
beforeEach(() => {
  programs = new Programs();
});
afterEach(() => programs[Symbol.dispose]());

const mebibyte = 2 ** 20;
/** Works for so many ms of CPU time, however many others work too, and tells how much it took. */
const burn = (ms: number) => `
const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
while (used() < ${ms});
console.log(used());
`;

async function ended(command: readonly [string, ...string[]]): Promise<ProcessEnd> {
  const result = await runProcess({ command, env: programs.env, clock: new VirtualClock() });
  if (!result.started) throw new Error(result.message);
  return result;
}

// Elsewhere the system does not tell.
describe.runIf(process.platform === 'linux')('what a process took', () => {
  test('is its CPU time until its end, without a sample between', async () => {
    const { resources, stdout } = await ended(programs.write('a.cjs', burn(150)));
    const own = Number(stdout.text);
    expect(own).toBeGreaterThanOrEqual(150);
    // The kernel counts user and system in steps of 10 ms each; what ends the process comes on top.
    expect(resources?.cpuMs).toBeGreaterThanOrEqual(own - 20);
    expect(resources?.cpuMs).toBeLessThan(own + 1_000);
  });

  test('is that of the processes which it waited for, too', async () => {
    const child = programs.write('child.cjs', burn(150));
    const parent = programs.write(
      'parent.cjs',
      `require('node:child_process').execFileSync(${JSON.stringify(child[0])}, [${JSON.stringify(child[1])}]);`,
    );
    const { resources } = await ended(parent);
    expect(resources?.cpuMs).toBeGreaterThanOrEqual(130);
  });

  test('is the memory of all that live at once', async () => {
    const hold = `const held = Buffer.alloc(${100 * mebibyte}, 1); setInterval(() => held.length, 1e6);`;
    const child = programs.write('child.cjs', `${hold} say('child');`);
    const parent = programs.write(
      'parent.cjs',
      `${hold} require('node:child_process').spawn(${JSON.stringify(child[0])}, [${JSON.stringify(child[1])}]);`,
    );
    const clock = new VirtualClock();
    const stop = new AbortController();
    const running = runProcess({
      command: parent,
      env: programs.env,
      signal: stop.signal,
      clock,
      killAfterMs: 0,
    });
    await programs.heard('child');
    // The first sample.
    await clock.advance(50);
    stop.abort();
    const result = await running;
    const peak = result.started ? (result.resources?.peakMemoryBytes ?? 0) : 0;
    expect(peak).toBeGreaterThan(200 * mebibyte);
    expect(peak).toBeLessThan(1_000 * mebibyte);
  });
});
