import { setImmediate } from 'node:timers/promises';

function plantedHotFunction() {
  let sum = 0;
  for (let i = 0; i < 2e6; i += 1) sum += Math.sqrt(i % 1_000);
  return sum;
}

/** Burns the CPU as long as it may, and lets the daemon work between. */
export async function run(_request, { signal }) {
  while (!signal.aborted) {
    plantedHotFunction();
    await setImmediate();
  }
  return { outcome: 'succeeded', output: {} };
}
