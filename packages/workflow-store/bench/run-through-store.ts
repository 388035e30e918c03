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
  let isWanted = false;

  async function run({ record, token }: Claim): Promise<void> {
    const event = { type: 'phase-succeeded', at: Date.now(), output: { ok: true } } as const;
    const applying = store.apply({ workflowId: record.id, token, event });
    // Its slot is claimed for in the same commit.
    free += 1;
    void fill();
    const applied = await applying;
    if (applied?.record.state.status === 'completed') done.get(record.id)?.();
  }

  async function fill(): Promise<void> {
    isWanted = true;
    if (isClaiming) return;
    isClaiming = true;
    while (isWanted && free > 0) {
      isWanted = false;
      // All slots that become free in this turn are filled together, in the commit at its end.
      await new Promise((resolve) => process.nextTick(resolve));
      const limit = Math.min(free, 128);
      const claims = await store.claim({
        holder: 'bench',
        leaseMs: 15_000,
        limit,
        choose: (candidates) => candidates.map(({ id }) => id),
      });
      free -= claims.length;
      isWanted ||= claims.length === limit;
      for (const claim of claims) void run(claim);
    }
    isClaiming = false;
  }

  let left = workflows;
  async function submitInTurn(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const submitting = store.submit([{ definition, input, priority: 5 }]);
      void fill();
      const [submitted] = await submitting;
      if (submitted === undefined) throw new Error('nothing was submitted');
      await new Promise<void>((resolve) => {
        done.set(submitted.id, resolve);
      });
      done.delete(submitted.id);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, submitInTurn));
  const { completed } = await store.counts();
  if (completed !== workflows) throw new Error(`only ${completed} of ${workflows} were completed`);
  await store.close();
}
