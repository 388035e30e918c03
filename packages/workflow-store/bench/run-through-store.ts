import { defineWorkflow } from '@chimera/workflow';
import { type Claim, openWorkflowStore } from '../src/index.ts';

const definition = defineWorkflow({
  name: 'three-phases',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'a', timeout: '1m' },
    { name: 'build', stage: 'implementation', agent: 'a', timeout: '1m' },
    { name: 'check', stage: 'validation', agent: 'a', timeout: '1m' },
  ],
});
const input = { filler: 'x'.repeat(480) };

/** 100 callers that submit one workflow after the other, and a pool that runs their phases. */
export async function runThroughStore(
  path: string,
  workflows: number,
  inFlight: number,
): Promise<void> {
  const store = await openWorkflowStore({ path });
  const done = new Map<string, () => void>();
  let free = inFlight;
  let isClaiming = false;

  async function run({ record, token }: Claim): Promise<void> {
    const event = { type: 'phase-succeeded', at: Date.now(), output: { ok: true } } as const;
    const applied = await store.apply({ workflowId: record.id, token, event });
    free += 1;
    if (applied?.record.state.status === 'completed') done.get(record.id)?.();
    void fill();
  }

  async function fill(): Promise<void> {
    if (isClaiming || free === 0) return;
    isClaiming = true;
    // All slots that become free in this turn are filled together.
    await new Promise((resolve) => setImmediate(resolve));
    isClaiming = done.size > 0;
    if (!isClaiming) return;
    const claims = await store.claim({
      holder: 'bench',
      leaseMs: 15_000,
      limit: free,
      choose: (candidates) => candidates.map(({ id }) => id),
    });
    isClaiming = false;
    free -= claims.length;
    for (const claim of claims) void run(claim);
    if (claims.length > 0) void fill();
  }

  let left = workflows;
  async function submitInTurn(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const [submitted] = await store.submit([{ definition, input, priority: 5 }]);
      if (submitted === undefined) throw new Error('nothing was submitted');
      await new Promise<void>((resolve) => {
        done.set(submitted.id, resolve);
        void fill();
      });
      done.delete(submitted.id);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, submitInTurn));
  const { completed } = await store.counts();
  if (completed !== workflows) throw new Error(`only ${completed} of ${workflows} were completed`);
  await store.close();
}
