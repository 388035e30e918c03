import { canonicalJson, defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';
import type { Claim, NewWorkflow, WorkflowStore } from '../workflow-store.ts';

/** What a {@link WorkflowStore} is tried on: an empty store, and its clock. */
export interface WorkflowStoreUnderTest {
  readonly store: WorkflowStore;
  /** Wall clock of the store, in ms. */
  readonly now: () => number;
  /** Lets it go on by this much. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Something that every {@link WorkflowStore} keeps. */
export interface WorkflowStoreLaw {
  /** Stable: `store-4` means the same in every version. */
  readonly id: string;
  readonly name: string;
  /** Rejects with what is wrong. */
  readonly check: (subject: WorkflowStoreUnderTest) => Promise<void>;
}

export const tried: WorkflowDefinition = defineWorkflow({
  name: 'tried',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '1m' },
    { name: 'build', stage: 'implementation', agent: 'builder', timeout: '1m' },
    { name: 'check', stage: 'validation', agent: 'checker', timeout: '1m', onRejected: 'build' },
  ],
});

export const leaseMs = 10_000;

export function work(more: Partial<NewWorkflow> = {}): NewWorkflow {
  return { definition: tried, input: { task: 'x' }, priority: 5, ...more };
}

export async function submitted(
  { store }: WorkflowStoreUnderTest,
  ...workflows: readonly Partial<NewWorkflow>[]
): Promise<readonly string[]> {
  const all = await store.submit(workflows.map((more) => work(more)));
  return all.map(({ id }) => id);
}

/** Claims what is offered, in the order in which it is. */
export function claimed(
  { store }: WorkflowStoreUnderTest,
  {
    holder = 'holder',
    limit = 100,
    minPriority = 0,
  }: { readonly holder?: string; readonly limit?: number; readonly minPriority?: number } = {},
): Promise<readonly Claim[]> {
  return store.claim({
    holder,
    leaseMs,
    limit,
    minPriority,
    choose: (candidates) => candidates.map(({ id }) => id),
  });
}

/** The one claim that there must be. */
export async function claimedOne(
  subject: WorkflowStoreUnderTest,
  holder: string = 'holder',
): Promise<Claim> {
  const claims = await claimed(subject, { holder });
  const [claim] = claims;
  if (claim === undefined || claims.length > 1)
    throw new Error(`${claims.length} workflows are claimed where one can be`);
  return claim;
}

export function expectEqual(seen: unknown, expected: unknown, what: string): void {
  const [saw, wanted] = [shown(seen), shown(expected)];
  if (saw !== wanted) throw new Error(`${what}: expected ${wanted}, got ${saw}`);
}

/** The order of fields does not count, and a field that is undefined is none. */
function shown(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}
