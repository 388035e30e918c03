/**
 * Submits workflows to a store that survives power cuts, works them off, and acknowledges each by a
 * line once the store has. Started on what a crash left, it submits what is missing and goes on.
 */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '@chimera/policy';
import { openWorkflowStore } from '@chimera/workflow-store';
import { definition } from './proved-definition.ts';

const workflows = Number(process.argv[2] ?? 4);
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const store = await openWorkflowStore({ path: 'chimera.db', durability: 'power-loss' }, { clock });
await store.recover({ deadHolders: () => true, now: clock.now() });

async function submit(n: number): Promise<void> {
  const [submitted] = await store.submit([
    { definition, input: { n }, priority: n % 3, idempotencyKey: `key-${n}` },
  ]);
  if (submitted !== undefined) writeSync(1, `submitted key-${n} ${submitted.id}\n`);
}

await Promise.all(Array.from({ length: workflows }, (_, n) => submit(n)));
for (;;) {
  const claims = await store.claim({
    holder: 'reference',
    leaseMs: 30_000,
    limit: 2,
    choose: (candidates) => candidates.map(({ id }) => id),
  });
  if (claims.length === 0) break;
  await Promise.all(
    claims.map(async ({ record: { id, state }, token }) => {
      const event = { type: 'phase-succeeded', at: clock.now(), output: state.phase } as const;
      await store.apply({ workflowId: id, token, event });
      writeSync(1, `done ${state.phase} ${id}\n`);
    }),
  );
  await setImmediate();
}
await store.close();
