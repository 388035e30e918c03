import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@chimera/policy';
import { onTestFinished } from 'vitest';
import {
  type Claim,
  type NewWorkflow,
  openWorkflowStore,
  type WorkflowStore,
  type WorkflowStoreDeps,
  type WorkflowStoreOptions,
} from '../src/index.ts';
import { threePhases } from './three-phases.ts';

export const startsAt: number = Date.UTC(2026, 0, 1);

/** The path of a file in a directory that is removed after the test. */
export function temporaryPath(name = 'store.db'): string {
  const directory = mkdtempSync(join(tmpdir(), 'workflow-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

export async function temporaryStore(
  options: Partial<WorkflowStoreOptions> = {},
  deps: Pick<WorkflowStoreDeps, 'batchWriter'> = {},
): Promise<{ store: WorkflowStore; clock: VirtualClock; path: string }> {
  const clock = new VirtualClock(startsAt);
  const path = options.path ?? temporaryPath();
  const store = await openWorkflowStore(
    { durability: 'crash', ...options, path },
    { ...deps, clock },
  );
  onTestFinished(() => store.close());
  return { store, clock, path };
}

export function newWorkflow(overrides: Partial<NewWorkflow> = {}): NewWorkflow {
  return { definition: threePhases, input: { task: 'x' }, priority: 5, ...overrides };
}

export async function submitOne(
  store: WorkflowStore,
  overrides: Partial<NewWorkflow> = {},
): Promise<string> {
  const [submitted] = await store.submit([newWorkflow(overrides)]);
  if (submitted === undefined) throw new Error('nothing was submitted');
  return submitted.id;
}

/** Claims in the order in which the store offers. */
export function claimUpTo(
  store: WorkflowStore,
  limit: number,
  holder = 'h1',
  leaseMs = 15_000,
): Promise<readonly Claim[]> {
  return store.claim({
    holder,
    leaseMs,
    limit,
    choose: (candidates) => candidates.map(({ id }) => id),
  });
}

export async function claimOne(store: WorkflowStore, holder = 'h1'): Promise<Claim> {
  const [claim] = await claimUpTo(store, 1, holder);
  if (claim === undefined) throw new Error('nothing was claimable');
  return claim;
}
