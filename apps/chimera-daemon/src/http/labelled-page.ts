import { nextMacrotask } from '@chimera/policy';
import type {
  WorkflowFilter,
  WorkflowPage,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';
import { defined } from '../defined.ts';
import { givenLabels } from '../labels.ts';

/** Workflows read at a time: the event loop waits for one such page at most. */
const mostAtOnce = 100;
/** Workflows read for one answer; whoever wants more asks again. */
const mostRead = 2_000;

/**
 * A page of those that have all these labels. No index knows them, so the others are read and left
 * out; an answer that has read enough is short, or empty, and has a cursor all the same.
 */
export async function labelledPage(
  store: Pick<WorkflowStore, 'list'>,
  { limit, ...filter }: WorkflowFilter,
  labels: Readonly<Record<string, string>>,
): Promise<WorkflowPage> {
  const wanted = Object.entries(labels);
  const items: WorkflowRecord[] = [];
  let nextCursor = filter.cursor;
  let size = mostAtOnce;
  for (let read = 0; read < mostRead;) {
    const page = await store.list(defined({ ...filter, cursor: nextCursor, limit: size }));
    const found = page.items.filter((record) => {
      const given = givenLabels(record.labels);
      return wanted.every(([name, value]) => Object.hasOwn(given, name) && given[name] === value);
    });
    const last = found[limit - items.length - 1];
    const used = last === undefined ? page.items.length : page.items.indexOf(last) + 1;
    if (used < page.items.length) {
      // Only a page that ends there has the cursor that goes on from there.
      size = used;
      continue;
    }
    items.push(...found);
    ({ nextCursor } = page);
    if (nextCursor === undefined || items.length >= limit) break;
    read += page.items.length;
    // Reading is synchronous beneath.
    await nextMacrotask();
    size = mostAtOnce;
  }
  return defined({ items, nextCursor });
}
